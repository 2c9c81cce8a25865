"""A run lock: one process at a time may write into a folder.

The operating system holds the lock and releases it when the process ends, however it ends, so that no stale lock is
left behind. A file beside it describes its holder, for the message of a second process. An empty file remains after
release.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from motilens.errors import BusyError
from motilens.files import make_folder, storage_errors, write_json

LOCK_FILE = ".lock"
HOLDER_FILE = ".lock-holder.json"

_held: dict[Path, tuple[FileLock, int]] = {}
"""Folders that this process has locked, and how often: a run may call functions that lock the same folder again."""

_guard = threading.Lock()


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Lock a folder for writing while the block runs. The same process may lock it several times.

    Args:
        folder: the folder; created if it does not exist.

    Raises:
        BusyError: another process holds the lock; the message says which one, since when, and what it runs.
        StorageError: the folder cannot be written to.
    """
    make_folder(folder)
    key = folder.resolve()
    with _guard:
        lock, times = _held[key] if key in _held else (_acquire(folder), 0)
        _held[key] = lock, times + 1
    try:
        yield
    finally:
        with _guard:
            lock, times = _held.pop(key)
            if times > 1:
                _held[key] = lock, times - 1
            else:
                with suppress(OSError):
                    (folder / HOLDER_FILE).unlink()
                lock.release()


def _acquire(folder: Path) -> FileLock:
    lock = FileLock(folder / LOCK_FILE, timeout=0, thread_local=False)
    with storage_errors(folder):
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                f"{folder} is in use by {_holder(folder)}; wait until that has ended, or choose another folder for "
                "the output"
            ) from error
    write_json(
        folder / HOLDER_FILE,
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now().astimezone().isoformat(timespec="seconds"),
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:300],
        },
    )
    return lock


def _holder(folder: Path) -> str:
    try:
        said = json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8"))
        return f"process {said['pid']} on {said['host']} since {said['since']} ({said['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
