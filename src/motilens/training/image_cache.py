"""Images of all stacks, computed once and kept on disk instead of being computed in every epoch.

A Zarr array of half-precision floats, (row, channel, y, x), one chunk per row, with the digest of what it was made from
in its attributes. A cache with another digest, or one that lacks rows, is made again. Half precision keeps three digits
of values that have unit standard deviation, far below the noise of a frame.

Caches up to ``MEMORY_BYTES`` are read into memory at first use. Larger ones are read row by row.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import zarr
import zarr.codecs
from filelock import FileLock

from motilens.errors import DataError, InputError
from motilens.files import make_folder, storage_errors, written_whole
from motilens.progress import Progress, Silent, Task
from motilens.shapes import ChannelImages
from motilens.training.batches import READ_AT_ONCE

log = logging.getLogger("motilens")

MEMORY_BYTES = 1 << 30
"""Images up to this total size are kept in memory."""


class ImageCache:
    """Images by row number.

    Args:
        path: a folder made by ``build``; opened at the first read, so that each loader process opens it itself.
        memory_bytes: keep the images in memory if all of them are no more than this; 0 always reads from the folder.
    """

    def __init__(self, path: Path, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._path, self._memory_bytes = path, memory_bytes
        self._images: zarr.Array | np.ndarray | None = None

    def __repr__(self) -> str:
        return f"ImageCache({str(self._path)!r})"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_images": None}

    @classmethod
    def build(
        cls,
        path: Path,
        batches: Iterable[np.ndarray],
        *,
        n_rows: int,
        digest: str,
        progress: Progress | None = None,
    ) -> "ImageCache":
        """Save images in a folder, unless those of the same digest and number of rows are there already.

        If several processes build the same cache, one does and the others wait for it.

        Args:
            path: the folder.
            batches: images of rows 0, 1, ... in order, a few at a time; not iterated if the cache exists.
            n_rows: number of images.
            digest: digest of everything that the images are made from: stacks, network, settings.
            progress: advanced by each row.

        Raises:
            InputError: the number of images is not ``n_rows``, or values are outside the range of half precision.
            StorageError: the disk is full or cannot be written to.
        """
        make_folder(path.parent)
        with storage_errors(path), FileLock(path.with_name(f".{path.name}.lock")):
            if not _is_complete(path, n_rows, digest):
                with written_whole(path) as temporary, (progress or Silent()).task("images", n_rows) as task:
                    _write(temporary, batches, n_rows, digest, task)
                    shutil.rmtree(path, ignore_errors=True)
        return cls(path)

    @property
    def digest(self) -> str:
        """Digest of what the images were made from. Raises DataError if the cache is damaged."""
        return str(_open(self._path).attrs["made_from"])

    def read(self, rows: np.ndarray) -> ChannelImages:
        """Images of some rows, in any order: (n, channel, y, x), float32; three channels if an encoder made them.

        Raises:
            DataError: the cache is damaged.
        """
        try:
            if self._images is None:
                array = _open(self._path)
                self._images = np.asarray(array[:]) if array.nbytes <= self._memory_bytes else array
            if isinstance(self._images, np.ndarray):
                return self._images[rows].astype(np.float32)
            # In ascending order and each row once: Zarr would read a chunk again for each repetition.
            different, back = np.unique(rows, return_inverse=True)
            return np.asarray(self._images.oindex[different])[back].astype(np.float32)
        except ValueError as error:  # the checksum does not match
            raise _damaged(self._path, error) from error

    def batches(self, rows: np.ndarray) -> Iterator[ChannelImages]:
        """Yield the images of some rows, a few at a time."""
        for start in range(0, len(rows), READ_AT_ONCE):
            yield self.read(rows[start : start + READ_AT_ONCE])


def _open(path: Path) -> zarr.Array:
    """Open the array of a cache. Raises DataError if there is none, or if rows are missing."""
    try:
        array = zarr.open_array(path, mode="r")
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error
    n_chunks = sum(1 for _ in path.glob("c.*"))
    if n_chunks != array.shape[0]:  # Zarr would read missing rows as zeros
        raise _damaged(path, f"{n_chunks} of {array.shape[0]} rows are there")
    return array


def _damaged(path: Path, reason: object) -> DataError:
    return DataError(f"the images {path} are damaged ({reason}); delete that folder and run again")


def _is_complete(path: Path, n_rows: int, digest: str) -> bool:
    """Whether a folder holds all images of this digest; warns of a damaged one."""
    if not path.exists():
        return False
    try:
        array = _open(path)
    except DataError as error:
        log.warning("%s; they are made again", error)
        return False
    return array.shape[0] == n_rows and array.attrs.get("made_from") == digest


def _write(path: Path, batches: Iterable[np.ndarray], n_rows: int, digest: str, task: Task) -> None:
    array, written = None, 0
    for images in batches:
        array = array or _create(path, (n_rows, *images.shape[1:]), digest)
        if written + len(images) <= n_rows:
            array[written : written + len(images)] = _halved(images, written)
        written += len(images)
        task.advance(len(images))
    if written != n_rows:
        raise InputError(f"{written} images for {n_rows} rows; allowed: one a row")


def _create(path: Path, shape: tuple[int, ...], digest: str) -> zarr.Array:
    return zarr.create_array(
        path,
        shape=shape,
        chunks=(1, *shape[1:]),
        dtype="float16",
        compressors=[zarr.codecs.Crc32cCodec()],  # only a checksum: reading must be fast, and noise does not compress
        chunk_key_encoding={"name": "default", "separator": "."},
        attributes={"made_from": digest},
        config={"write_empty_chunks": True},
    )


def _halved(images: ChannelImages, first_row: int) -> np.ndarray:
    """Convert images to half precision. Raises InputError if a value is not finite."""
    with np.errstate(over="ignore"):
        halved = images.astype(np.float16)
    if not np.isfinite(halved).all():
        raise InputError(
            f"images from row {first_row} on reach {np.abs(images).max():g}; allowed: finite values up to "
            f"{np.finfo(np.float16).max:g}, the largest in half precision; train the autoencoder with a lower "
            "learning_rate, or with standardise=true"
        )
    return halved
