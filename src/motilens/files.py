"""Writes files atomically: completely or not at all.

A reader never sees half a file: content goes to a temporary name in the same folder and is renamed into place. A full
or read-only disk raises a ``StorageError`` that says what was being written and what to do.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from motilens.errors import StorageError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space or choose another place with --out. What was finished is kept",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another place with --out",
    errno.EROFS: "the file system is read-only; choose another place with --out",
    errno.EACCES: "no permission to write there; choose another place with --out",
    errno.EPERM: "no permission to write there; choose another place with --out",
    errno.ENOTDIR: "a part of that path is a file, not a folder; choose another place with --out",
    errno.EISDIR: "a folder of that name is in the way; choose another name with --out",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one with --out",
    errno.EEXIST: "a file of that name is in the way; choose another place with --out",
}

UNENCODABLE = "backslashreplace"
"""How characters are written that an encoding lacks, in files and on terminals: as an escape such as ``\\udcff``, which
JSON reads as that character. File names that are not UTF-8 have such characters."""

FINGERPRINT_EDGE_BYTES = 1 << 20
"""Bytes at the start and at the end of a file that are hashed for its fingerprint."""

_NAME_LENGTH = 100

_REMOVALS, _REMOVE_EVERY_S = 20, 0.1
"""How often, and how many seconds apart, the removal of a folder is tried that another process still writes into."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn errors of the operating system in writing ``path`` into a ``StorageError``.

    Raises:
        StorageError: the disk is full or read-only, or the path cannot be written to.
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        raise StorageError(f"cannot write {path}: {_ADVICE[error.errno]}") from error


@contextmanager
def _place_errors(path: Path) -> Iterator[None]:
    """As ``storage_errors``, where only ``path`` can be missing: some places, such as ``/proc``, take no files."""
    try:
        with storage_errors(path):
            yield
    except FileNotFoundError as error:
        raise StorageError(
            f"cannot write {path}: no file can be made there; choose another place with --out"
        ) from error


def make_folder(path: Path) -> Path:
    """Make a folder and its parents; existing ones are fine.

    Raises:
        StorageError: the path cannot be written to.
    """
    with _place_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def writable_folder(path: Path) -> Path:
    """Make a folder and check that a file can be written in it, before a long computation depends on it.

    Raises:
        StorageError: the path cannot be written to, or the disk is full.
    """
    make_folder(path)
    with _place_errors(path), tempfile.NamedTemporaryFile(dir=path, prefix=".probe-") as probe:
        probe.write(b"0" * 4096)
        probe.flush()
    return path


def writable_file(path: Path) -> Path:
    """Check that a file can be written, before a long computation depends on it; its folder is made.

    Raises:
        StorageError: the path cannot be written to, a folder is in the way, or the disk is full.
    """
    with storage_errors(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    writable_folder(path.parent)
    return path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it becomes ``path`` only if the block succeeds.

    Raises:
        StorageError: the disk is full or read-only, or the path cannot be written to.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with storage_errors(path):
            yield temporary
            temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically. Raises StorageError as ``written_whole`` does."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=UNENCODABLE)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file atomically. Raises StorageError as ``written_whole`` does."""
    with written_whole(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401 - JSON is any
    """Write JSON atomically, with keys in the order given; NaN is rejected."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def readable(text: str) -> str:
    """Replace characters that cannot be written as UTF-8 by escapes, as ``write_text`` does."""
    return text.encode(errors=UNENCODABLE).decode()


def remove_folder(path: Path) -> None:
    """Remove a folder with all that is in it, also while a worker of a killed process still writes into it.

    Such a worker ends within a fraction of a second of its parent; until then the folder may fill again.

    Raises:
        StorageError: the folder may not be removed.
    """
    with storage_errors(path):
        for _ in range(_REMOVALS):
            try:
                shutil.rmtree(path)
            except FileNotFoundError:
                return
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
                time.sleep(_REMOVE_EVERY_S)
            else:
                return
        shutil.rmtree(path)


def replace_folder(new: Path, path: Path) -> None:
    """Replace the folder ``path`` by the finished folder ``new``; the older folder is removed last."""
    with storage_errors(path):
        if path.exists():
            old = path.with_name(f".{path.name}.{os.getpid()}.old")
            path.rename(old)
            new.rename(path)
            shutil.rmtree(old)
        else:
            new.rename(path)


def fingerprint(path: Path) -> str:
    """Hash a file's size, first and last mebibyte, to identify it without reading gigabytes.

    Returns:
        32 hexadecimal digits (BLAKE2b-128).
    """
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(FINGERPRINT_EDGE_BYTES))
        file.seek(max(0, size - FINGERPRINT_EDGE_BYTES))
        digest.update(file.read())
    return digest.hexdigest()


def path_text(path: Path | str) -> str:
    r"""Write a path with forward slashes as text that can be printed; bytes that are no UTF-8 become ``\xeb``."""
    return os.fsencode(Path(path).as_posix()).decode("utf-8", "backslashreplace")


def disk_name(name: str) -> str:
    """Make a name of at most 100 characters that every file system accepts, different for different names.

    A name of up to 100 letters, digits, spaces and ``_.-`` is kept. Any other is shortened, and a digest distinguishes
    it.
    """
    plain = re.sub(r"[^A-Za-z0-9 _.\-]", "_", name).strip(" .")
    if plain == name and len(name) <= _NAME_LENGTH and not name.startswith("_"):
        return name
    return f"{plain[: _NAME_LENGTH - 11].rstrip()}-{hashlib.blake2b(name.encode(), digest_size=5).hexdigest()}"


def digest_of(value: Any) -> str:  # noqa: ANN401 - JSON is any
    """Hash of a JSON value, independent of key order: 32 hexadecimal digits (BLAKE2b-128)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.blake2b(text.encode(errors=UNENCODABLE), digest_size=16).hexdigest()
