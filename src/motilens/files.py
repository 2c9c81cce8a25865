"""The only ways in which motilens writes files: whole or not at all.

A reader never sees half a file: content goes to a temporary name in the same folder and is renamed into place. A disk
that is full or read-only becomes one ``StorageError`` that says what was being written and what to do.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
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
    errno.EEXIST: "a file of that name is in the way; choose another place with --out",
}

FINGERPRINT_EDGE_BYTES = 1 << 20
"""How much of a file's start and of its end goes into its fingerprint."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's complaints about writing ``path`` into one clear line.

    Raises:
        StorageError: the disk is full, read-only, or the place may not be written.
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        raise StorageError(f"cannot write {path}: {_ADVICE[error.errno]}") from error


def make_folder(path: Path) -> Path:
    """Make a folder and its parents; existing ones are fine.

    Raises:
        StorageError: the place may not be written.
    """
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def writable_folder(path: Path) -> Path:
    """Make a folder and prove that a file can be written in it, before hours of work depend on it.

    Raises:
        StorageError: the place may not be written, or the disk is full.
    """
    make_folder(path)
    with storage_errors(path), tempfile.NamedTemporaryFile(dir=path, prefix=".probe-") as probe:
        probe.write(b"0" * 4096)
        probe.flush()
    return path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it becomes ``path`` only if the block succeeds.

    Raises:
        StorageError: the disk is full, read-only, or the place may not be written.
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
    """Write a UTF-8 text file whole. Raises StorageError as ``written_whole`` does."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file whole. Raises StorageError as ``written_whole`` does."""
    with written_whole(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401 - JSON is any
    """Write JSON whole, keys in the order given, NaN refused."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def replace_folder(new: Path, path: Path) -> None:
    """Put the finished folder ``new`` in the place of ``path``; an older one is removed after that."""
    with storage_errors(path):
        if path.exists():
            old = path.with_name(f".{path.name}.{os.getpid()}.old")
            path.rename(old)
            new.rename(path)
            shutil.rmtree(old)
        else:
            new.rename(path)


def fingerprint(path: Path) -> str:
    """Identify a file's content without reading gigabytes: size, first and last mebibyte, hashed.

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


def digest_of(value: Any) -> str:  # noqa: ANN401 - JSON is any
    """Hash of a JSON value, independent of key order: 32 hexadecimal digits (BLAKE2b-128)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
