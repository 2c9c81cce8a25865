"""Stores: what goes in comes out, whatever happens in between."""

import json
from pathlib import Path

import numpy as np
import pytest
import zarr

from motilens.config import StackConfig
from motilens.errors import ConfigError, DataError, MissingError, StorageError
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.stacks.store import StackStore

CONFIG = StackConfig(input_type="I3", stacks_per_video=5, size_px=16)


def batch_of(video_id: str, *, stacks: int = 5, size_px: int = 16, seed: int = 0) -> StackBatch:
    pixels = np.random.default_rng(seed).integers(0, 256, (stacks, 9, size_px, size_px), np.uint8)
    frame_idx = np.arange(stacks)[:, None] * 20 + np.arange(9)
    return StackBatch(video_id, pixels, frame_idx, np.arange(stacks))


def record_of(video_id: str, *, status: str = "extracted", reason: str = "") -> VideoRecord:
    return VideoRecord.model_validate(
        {
            "video_id": video_id,
            "file": f"{video_id}.avi",
            "fingerprint": "f",
            "status": status,
            "reason": reason,
            "stacks_wanted": 5,
        }
    )


@pytest.fixture
def store(tmp_path: Path) -> StackStore:
    store = StackStore.create(tmp_path / "store", CONFIG)
    for video_id in ("10_a", "2_lots of debris_SSW"):
        store.add(batch_of(video_id), record_of(video_id))
    return store


def test_round_trip(store: StackStore) -> None:
    again = StackStore.open(store.path)
    assert again.config == CONFIG
    assert again.video_ids == ("2_lots of debris_SSW", "10_a")
    batch, back = batch_of("10_a"), again.read("10_a")
    assert back.video_id == "10_a"
    assert np.array_equal(back.pixels, batch.pixels)
    assert np.array_equal(back.frame_idx, batch.frame_idx)
    assert back.cells_seen.tolist() == batch.cells_seen.tolist()
    assert repr(again).endswith("2 videos of I3)")


@pytest.mark.parametrize("rows", [[3], [4, 0, 2], slice(1, 3), np.array([1, 4]), []])
def test_some_rows(store: StackStore, rows: list[int] | slice | np.ndarray) -> None:
    which = rows if isinstance(rows, slice) else np.asarray(rows, dtype=int)
    assert np.array_equal(store.read("10_a", rows).pixels, batch_of("10_a").pixels[which])
    assert np.array_equal(store.read("10_a", rows).frame_idx, batch_of("10_a").frame_idx[which])


def test_no_such_stack(store: StackStore) -> None:
    with pytest.raises(MissingError, match="no stack 5 of '10_a' in .*; it has 5, from 0"):
        store.read("10_a", [0, 5])


def test_black_stacks_are_kept(store: StackStore) -> None:
    batch = batch_of("1")
    store.add(StackBatch("1", batch.pixels * 0, batch.frame_idx, batch.cells_seen), record_of("1"))
    assert store.read("1").pixels.max() == 0


def test_any_zarr_library_reads_it_with_one_chunk_a_stack(store: StackStore) -> None:
    group = zarr.open_group(store.path, mode="r")
    pixels = group["videos/10_a/pixels"]
    assert isinstance(pixels, zarr.Array)
    assert (pixels.dtype, pixels.chunks, pixels.metadata.zarr_format) == (np.uint8, (1, 9, 16, 16), 3)
    assert json.loads((store.path / "manifest.json").read_text())["config"]["size_px"] == 16


@pytest.mark.parametrize("video_id", ["ä/ö:?*", ".hidden", "__zarr", "a%20b", "c" * 60])
def test_odd_ids(store: StackStore, video_id: str) -> None:
    store.add(batch_of(video_id), record_of(video_id))
    assert video_id in StackStore.open(store.path).video_ids
    assert np.array_equal(store.read(video_id).pixels, batch_of(video_id).pixels)
    assert video_id in StackStore.create(store.path, CONFIG).video_ids


def test_left_out_is_recorded_and_has_no_stacks(store: StackStore) -> None:
    store.leave_out(record_of("10_a", status="left_out", reason="too slow"))
    assert store.video_ids == ("2_lots of debris_SSW",)
    assert store.records["10_a"].line() == "10_a.avi: left out: too slow"
    with pytest.raises(MissingError, match="no stacks of '10_a' in .*: it was left out: too slow"):
        store.read("10_a")
    with pytest.raises(MissingError, match="no stacks of '7' in .*: the video was not extracted"):
        store.read("7")


def test_adding_again_replaces(store: StackStore) -> None:
    store.add(batch_of("10_a", stacks=2, seed=1), record_of("10_a"))
    assert np.array_equal(store.read("10_a").pixels, batch_of("10_a", stacks=2, seed=1).pixels)
    assert sorted(path.name for path in (store.path / "videos").iterdir()) == [
        "10_a",
        "2_lots of debris_SSW",
        "zarr.json",
    ]


def test_another_config_names_the_fields(store: StackStore) -> None:
    other = StackConfig(input_type="I4", stacks_per_video=5, size_px=32)
    with pytest.raises(
        ConfigError, match="input_type was 'I3' and is now 'I4'; size_px was 16 and is now 32.*choose another place"
    ):
        StackStore.create(store.path, other)
    with pytest.raises(ConfigError, match="cannot add .* to a store of I3 stacks of 16 x 16 pixels"):
        store.add(batch_of("3", size_px=32), record_of("3"))


def test_bytes_of_a_video(store: StackStore) -> None:
    record = record_of("10_a").model_copy(update={"frame_idx": tuple((20 * k, 20 * k + 8) for k in range(5))})
    assert store.n_bytes(record) == store.read("10_a").pixels.nbytes  # older records have no size
    assert store.n_bytes(record.model_copy(update={"size_px": (16, 16)})) == store.read("10_a").pixels.nbytes
    assert store.n_bytes(record_of("10_a", status="left_out")) == 0


def test_stacks_in_um_have_a_size_of_their_own_in_each_video(tmp_path: Path) -> None:
    store = StackStore.create(tmp_path / "store", CONFIG.model_copy(update={"um_per_px": 1.0}))
    sizes = {"1": (24, 40), "2": (36, 48)}
    for video_id, (height, width) in sizes.items():
        pixels = np.random.default_rng(0).integers(0, 256, (5, 9, height, width), np.uint8)
        batch = StackBatch(video_id, pixels, batch_of(video_id).frame_idx, np.arange(5))
        frame_idx = tuple((20 * k, 20 * k + 8) for k in range(5))
        record = record_of(video_id).model_copy(update={"size_px": (height, width), "frame_idx": frame_idx})
        store.add(batch, record)
        again = StackStore.open(store.path)
        assert np.array_equal(again.read(video_id).pixels, pixels)
        assert again.read(video_id, [3, 0]).pixels.shape == (2, 9, height, width)
        assert again.n_bytes(record) == pixels.nbytes
    with pytest.raises(ConfigError, match="^cannot add StackBatch.* to a store of I3 stacks of any size$"):
        few = batch_of("3")
        store.add(StackBatch("3", few.pixels[:, :4], few.frame_idx[:, :4], few.cells_seen), record_of("3"))
    with pytest.raises(ConfigError, match=r"um_per_px was 1\.0 and is now 0\.5"):
        StackStore.create(store.path, CONFIG.model_copy(update={"um_per_px": 0.5}))


def test_what_is_no_store(tmp_path: Path, store: StackStore) -> None:
    with pytest.raises(MissingError, match="no stack store at .*; make one with motilens extract"):
        StackStore.open(tmp_path / "nowhere")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/holiday.jpg").write_bytes(b"x")
    with pytest.raises(DataError, match="is not a stack store"):
        StackStore.open(tmp_path / "photos")
    with pytest.raises(DataError, match="exists and is not a stack store; name a new or an empty folder"):
        StackStore.create(tmp_path / "photos", CONFIG)
    manifest = store.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"store_version": 2', '"store_version": 9'))
    with pytest.raises(DataError, match="is a stack store of version 9, this motilens reads 2; extract again"):
        StackStore.open(store.path)
    manifest.write_text("{")
    with pytest.raises(DataError, match="is damaged: its manifest.json cannot be read; delete it and extract again"):
        StackStore.open(store.path)


def test_damage_is_said(store: StackStore) -> None:
    (store.path / "videos/10_a/pixels/zarr.json").write_text("{")
    with pytest.raises(
        DataError, match=r"the stacks of '10_a' in .* are damaged .*; delete .*10_a\.json and extract again"
    ):
        store.read("10_a")
    chunk = store.path / "videos/2_lots of debris_SSW/pixels/c/0/0/0/0"
    chunk.write_bytes(chunk.read_bytes()[:20])
    with pytest.raises(DataError, match="the stacks of '2_lots of debris_SSW' in .* are damaged"):
        store.read("2_lots of debris_SSW")
    chunk.unlink()
    with pytest.raises(DataError, match=r"are damaged \(stack 0 is missing\)"):
        store.read("2_lots of debris_SSW", [0])
    (store.path / "records/10_a.json").write_text("{")
    with pytest.raises(DataError, match=r"is damaged: cannot read 10_a\.json; delete that file and extract again"):
        _ = store.records


def test_leftovers_of_a_killed_process_are_cleared(store: StackStore) -> None:
    half = store.path / "videos/.3.77.part"
    half.mkdir()
    (half / "zarr.json").write_text("{}")
    (store.path / "records/10_a.json").rename(store.path / "records/.10_a.json.77.part")  # killed before its record
    again = StackStore.create(store.path, CONFIG)
    again.clear_leftovers()
    assert again.video_ids == ("2_lots of debris_SSW",)
    assert sorted(path.name for path in (store.path / "videos").iterdir()) == ["2_lots of debris_SSW", "zarr.json"]
    assert [path.name for path in (store.path / "records").iterdir()] == ["2_lots of debris_SSW.json"]


def test_a_full_disk_keeps_what_is_finished(small_disk: Path) -> None:
    store = StackStore.create(small_disk / "store", CONFIG)
    with pytest.raises(StorageError, match="the disk is full; .* What was finished is kept"):
        for number in range(60):
            store.add(batch_of(str(number)), record_of(str(number)))
    done = StackStore.open(store.path).video_ids
    assert 5 < len(done) < 60
    for video_id in done:
        assert np.array_equal(store.read(video_id).pixels, batch_of(video_id).pixels)


def test_a_read_only_disk_is_said(read_only_disk: Path) -> None:
    with pytest.raises(StorageError, match="the file system is read-only; choose another place with --out"):
        StackStore.create(read_only_disk / "store", CONFIG)
