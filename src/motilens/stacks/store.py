"""Stores stacks on disk: a Zarr 3 group that any Zarr library can read, with a record of each video.

::

    STORE/
      zarr.json              a Zarr group
      manifest.json          the settings of the stacks, and the version of motilens
      videos/<id>/           a Zarr group: pixels (stack, frame, y, x), frame_idx (stack, frame), cells_seen (stack,)
      records/<id>.json      a record for each video, extracted or left out; written last

A video is written under a temporary name, renamed when it is complete, and only then recorded. If a process is killed,
the store lacks at most the video that was being written. An id that is long, or has characters that some file systems
do not accept, is shortened in the name of its folder.
"""

import json
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import zarr
import zarr.codecs
from pydantic import ValidationError

import motilens
from motilens.config import FRAMES, StackConfig
from motilens.errors import ConfigError, DataError, MissingError
from motilens.files import disk_name, make_folder, remove_folder, replace_folder, storage_errors, write_json
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.video.source import natural_order

STORE_VERSION = 2

_MANIFEST = "manifest.json"


def refuse_foreign(path: Path) -> None:
    """Check that a folder is new, empty or a stack store, even an unfinished one, before anything is written there.

    Raises:
        DataError: something else is there.
    """
    if not path.exists() or (path / _MANIFEST).exists():
        return
    ours = ("zarr.json", "videos", "records")
    if not path.is_dir() or any(child.name not in ours and child.name[0] != "." for child in path.iterdir()):
        raise DataError(f"{path} exists and is not a stack store; name a new or an empty folder")


class StackStore:
    """A store of stacks, made by ``create`` or ``open``. Several processes may add different videos at once."""

    def __init__(self, path: Path, config: StackConfig) -> None:
        self.path = path
        self.config = config

    def __repr__(self) -> str:
        return f"StackStore({str(self.path)!r}, {len(self.video_ids)} videos of {self.config.input_type})"

    @classmethod
    def create(cls, path: Path, config: StackConfig) -> "StackStore":
        """Make an empty store, or open an existing one with the same settings.

        Raises:
            ConfigError: the existing store has other settings; the message names them.
            DataError: something else is there, or the store is damaged.
            StorageError: the disk is full or may not be written.
        """
        if (path / _MANIFEST).exists():
            store = cls.open(path)
            _same_config(store, config)
            return store
        refuse_foreign(path)
        make_folder(path)
        with storage_errors(path):
            zarr.open_group(path, mode="a", zarr_format=3)
            zarr.open_group(path / "videos", mode="a", zarr_format=3)
            make_folder(path / "records")
        manifest = {
            "store_version": STORE_VERSION,
            "motilens_version": motilens.__version__,
            "config": config.model_dump(mode="json"),
        }
        write_json(path / _MANIFEST, manifest)
        return cls(path, config)

    @classmethod
    def open(cls, path: Path) -> "StackStore":
        """Open an existing store.

        Raises:
            MissingError: nothing is there.
            DataError: it is not a stack store, it is damaged, or it has another version.
        """
        if not path.exists():
            raise MissingError(f"no stack store at {path}; make one with motilens extract")
        if not (path / _MANIFEST).is_file():
            raise DataError(f"{path} is not a stack store (it has no {_MANIFEST}); make one with motilens extract")
        try:
            manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
            version = manifest["store_version"]
            if version != STORE_VERSION:
                raise DataError(
                    f"{path} is a stack store of version {version}, this motilens reads {STORE_VERSION}; extract again"
                )
            return cls(path, StackConfig.model_validate(manifest["config"]))
        except (ValidationError, json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise DataError(
                f"the stack store {path} is damaged: its {_MANIFEST} cannot be read; delete it and extract again"
            ) from error

    @property
    def records(self) -> dict[str, VideoRecord]:
        """The record of each video, by id, in natural order.

        Raises:
            DataError: a record is damaged.
        """
        files = [file for file in (self.path / "records").glob("*.json") if not file.name.startswith(".")]
        found = {record.video_id: record for file in files if (record := self._read_record(file))}
        return {video_id: found[video_id] for video_id in sorted(found, key=natural_order)}

    def record(self, video_id: str) -> VideoRecord | None:
        """Read the record of one video; None if there is none.

        Raises:
            DataError: the record is damaged.
        """
        return self._read_record(self._record_file(video_id))

    def _read_record(self, file: Path) -> VideoRecord | None:
        try:
            return VideoRecord.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise DataError(
                f"the stack store {self.path} is damaged: cannot read {file.name}; delete that file and extract again"
            ) from error

    @property
    def video_ids(self) -> tuple[str, ...]:
        """Ids of the extracted videos, in natural order."""
        return tuple(video_id for video_id, record in self.records.items() if record.status == "extracted")

    def n_bytes(self, record: VideoRecord) -> int:
        """Bytes of the pixels of a video's stacks, uncompressed."""
        return (
            record.n_stacks * FRAMES[self.config.input_type] * math.prod(record.size_px or (self.config.size_px,) * 2)
        )

    def read(self, video_id: str, rows: Sequence[int] | np.ndarray | slice | None = None) -> StackBatch:
        """Read stacks of one video.

        Args:
            video_id: an extracted video.
            rows: which stacks, by number or as a slice; all if None.

        Raises:
            MissingError: the video is not in the store or was left out, or there is no such stack.
            DataError: its stacks are damaged.
        """
        folder = self._video_folder(video_id)
        if not folder.is_dir():
            record = self.record(video_id)
            reason = f"it was left out: {record.reason}" if record else "the video was not extracted"
            raise MissingError(f"no stacks of {video_id!r} in {self.path}: {reason}")
        try:
            group = zarr.open_group(folder, mode="r")
            arrays = {name: _array(group, name) for name in ("pixels", "frame_idx", "cells_seen")}
            n_stacks = arrays["pixels"].shape[0]
            which = slice(None) if rows is None else rows
            which = np.arange(n_stacks)[which] if isinstance(which, slice) else np.asarray(which, dtype=np.int64)
            if len(which) and not 0 <= which.min() <= which.max() < n_stacks:
                raise MissingError(f"no stack {which.max()} of {video_id!r} in {self.path}; it has {n_stacks}, from 0")
            for row in which.tolist():  # Zarr reads a missing chunk as zeros
                if not (folder / f"pixels/c/{row}/0/0/0").is_file():
                    raise FileNotFoundError(f"stack {row} is missing")
            parts = {name: np.asarray(array.oindex[which]) for name, array in arrays.items()}
        except MissingError:
            raise
        except (ValueError, KeyError, TypeError, RuntimeError, FileNotFoundError) as error:
            raise DataError(
                f"the stacks of {video_id!r} in {self.path} are damaged ({error}); "
                f"delete {self._record_file(video_id)} and extract again"
            ) from error
        return StackBatch(video_id, parts["pixels"], parts["frame_idx"], parts["cells_seen"])

    def add(self, batch: StackBatch, record: VideoRecord) -> None:
        """Add a video's stacks and its record; older ones are replaced.

        Raises:
            ConfigError: the shape of the stacks does not fit the store's settings.
            StorageError: the disk is full or may not be written; nothing of this video is kept.
        """
        size_px, free = self.config.size_px, self.config.um_per_px is not None
        wanted = (FRAMES[self.config.input_type], *(batch.pixels.shape[2:] if free else (size_px, size_px)))
        if batch.pixels.shape[1:] != wanted:
            sizes = "of any size" if free else f"of {size_px} x {size_px} pixels"
            raise ConfigError(f"cannot add {batch!r} to a store of {self.config.input_type} stacks {sizes}")
        folder = self._video_folder(batch.video_id)
        record_file = self._record_file(batch.video_id)
        with storage_errors(self.path), _folder_written_whole(folder) as temporary:
            group = zarr.open_group(temporary, mode="w", zarr_format=3, attributes={"video_id": batch.video_id})
            one_stack = (1, *batch.pixels.shape[1:])
            pixels = group.create_array(
                "pixels",
                shape=batch.pixels.shape,
                chunks=one_stack,
                dtype="uint8",
                compressors=_compressors(),
                config={"write_empty_chunks": True},
            )
            pixels[:] = batch.pixels
            group.create_array("frame_idx", data=batch.frame_idx.astype(np.int64))
            group.create_array("cells_seen", data=batch.cells_seen.astype(np.int64))
            record_file.unlink(missing_ok=True)  # until the new record is written, the video counts as not extracted
        write_json(record_file, record.model_dump(mode="json"))

    def leave_out(self, record: VideoRecord) -> None:
        """Add the record of a video that was left out; older stacks of it are removed.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        with storage_errors(self.path):
            self._record_file(record.video_id).unlink(missing_ok=True)
            shutil.rmtree(self._video_folder(record.video_id), ignore_errors=True)
        write_json(self._record_file(record.video_id), record.model_dump(mode="json"))

    def clear_leftovers(self) -> None:
        """Remove what killed processes left behind: temporary files, and stacks that never got their record.

        Only for a process that holds the store's run lock: what another process is writing would be removed, too.

        Raises:
            DataError: a record is damaged.
            StorageError: the store may not be written.
        """
        recorded = {disk_name(video_id) for video_id in self.video_ids}
        with storage_errors(self.path):
            for folder in (self.path / "videos").iterdir():
                if folder.is_dir() and folder.name not in recorded:
                    remove_folder(folder)
            for file in [*self.path.glob(".*.part"), *(self.path / "records").glob(".*.part")]:
                file.unlink(missing_ok=True)

    def _video_folder(self, video_id: str) -> Path:
        return self.path / "videos" / disk_name(video_id)

    def _record_file(self, video_id: str) -> Path:
        return self.path / "records" / f"{disk_name(video_id)}.json"


@contextmanager
def _folder_written_whole(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that replaces ``folder`` if the block succeeds."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        yield temporary
        replace_folder(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _compressors() -> tuple[zarr.codecs.BloscCodec, zarr.codecs.Crc32cCodec]:
    """Choose fast compression, as stacks are read often, and a checksum, which Blosc does not have."""
    return zarr.codecs.BloscCodec(cname="lz4", clevel=5, shuffle="noshuffle"), zarr.codecs.Crc32cCodec()


def _array(group: zarr.Group, name: str) -> zarr.Array:
    array = group[name]
    if not isinstance(array, zarr.Array):
        raise ValueError(f"{name} is not an array")
    return array


def _same_config(store: StackStore, config: StackConfig) -> None:
    there, here = store.config.model_dump(), config.model_dump()
    differing = [f"{name} was {there[name]!r} and is now {here[name]!r}" for name in here if there[name] != here[name]]
    if differing:
        raise ConfigError(
            f"the stack store {store.path} was made with other settings: {'; '.join(differing)}. "
            "Use the same settings, or choose another place with --out"
        )
