import pickle
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import motilens.data.prepare
import motilens.recordings.cell_counts
import motilens.stacks.extract_videos
import motilens.tracking.store
from motilens.config import (
    MODEL_UM_PER_PX,
    AutoencoderConfig,
    CountingConfig,
    InputType,
    MethodSettings,
    RegressorConfig,
    Target,
)
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.participants import LeftOut
from motilens.data.prepare import prepare, prepare_cells, prepare_tracks
from motilens.errors import DataError, MismatchError, MissingError
from motilens.networks.counter_file import load_counter, save_counter
from motilens.predictors.predictor import Need
from motilens.progress import Silent
from motilens.recordings.recording import stacks_folder, surveys_folder, tracks_folder
from tests.data.folders import Row, semen_table, write
from tests.networks.counters import constant_counter, small_counter
from tests.recordings.films import SPEEDS_UM_S, STACKS, UM_PER_PX, write_broken, write_film

SETTINGS = MethodSettings(
    preset="test",
    input_type="I3",
    stacks=STACKS,
    autoencoder=AutoencoderConfig(crop_px=None),
    regressor=RegressorConfig(),
)

ROWS: dict[str, Row] = dict.fromkeys(("1", "2", "3"), ("1,0", 90, 10, 10, 40, 30, 30))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Participants 1 to 3; the second has a replicate, ``2_broken``, that is no video."""
    write(tmp_path / "data" / "semen_analysis_data.csv", semen_table(ROWS))
    for k in ROWS:
        write_film(tmp_path / "data" / "videos" / f"{k}_x.avi", seed=int(k))
    write_broken(tmp_path / "data" / "videos" / "2_broken.avi")
    return tmp_path / "data"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(data: Path, cache: Path, *, um_per_px: float | None = UM_PER_PX) -> Dataset:
    return open_dataset(data, cache=cache, um_per_px=lambda participant: um_per_px)


def prepared(dataset: Dataset, cache: Path, *needs: Need) -> Dataset:
    return prepare(dataset, SETTINGS, needs, cache=cache, workers=1, progress=Silent())


def forbid_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*args: object, **named: object) -> None:
        pytest.fail("a video was decoded again")

    monkeypatch.setattr(motilens.stacks.extract_videos, "extract_stacks", decode)
    monkeypatch.setattr(motilens.tracking.store, "track_video", decode)


def test_stacks_and_tracks_are_made_once_and_unusable_recordings_left_out(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = prepared(opened(data, cache), cache, "stacks", "tracks")
    assert [recording.video_id for recording in dataset.all_recordings] == ["1_x", "2_x", "3_x"]
    (left_out,) = dataset.left_out
    assert left_out.name == "2_broken"
    assert left_out.reason.startswith("2_broken.avi is not a video that can be read: it holds text")
    forbid_decoding(monkeypatch)
    again = prepared(opened(data, cache), cache, "stacks", "tracks")
    assert again.left_out == dataset.left_out
    for recording in (*dataset.all_recordings, *again.all_recordings):
        assert len(recording.stacks(STACKS)) == 2
        assert len(recording.tracks(SETTINGS.tracking)[0]) == len(SPEEDS_UM_S)


def test_without_stacks_a_file_that_is_no_video_is_left_out_too(data: Path, cache: Path) -> None:
    dataset = prepared(opened(data, cache), cache, "tracks")
    assert [recording.video_id for recording in dataset.all_recordings] == ["1_x", "2_x", "3_x"]
    (left_out,) = dataset.left_out
    assert left_out.reason.startswith("2_broken.avi is not a video")
    assert sorted(cache.iterdir()) == [surveys_folder(cache), tracks_folder(cache, SETTINGS.tracking)]


@pytest.mark.parametrize("needs", [(), ("concentration",)])
def test_what_is_not_needed_is_not_made(data: Path, cache: Path, needs: Collection[Need]) -> None:
    dataset = opened(data, cache)
    assert prepared(dataset, cache, *needs) is dataset
    assert not cache.exists()


def test_tracks_without_the_width_of_a_pixel_are_refused_before_anything_is_decoded(data: Path, cache: Path) -> None:
    with pytest.raises(
        MismatchError,
        match=r"the width of a pixel is not known for 3 participants \(the first is 1\), and methods that use tracks "
        r"measure in um; give it with --um-per-px \(motilitAI takes 0\.351 for VISEM\), or choose methods without",
    ):
        prepared(opened(data, cache, um_per_px=None), cache, "stacks", "tracks")
    assert not cache.exists()
    assert len(prepared(opened(data, cache, um_per_px=None), cache, "stacks").all_recordings) == 3


def test_a_data_set_without_a_usable_video_is_refused(data: Path, cache: Path) -> None:
    for video in (data / "videos").glob("*_x.avi"):
        write_broken(video)
    with pytest.raises(DataError, match="no video can be used with .*: 1_x: 1_x.avi is not a video"):
        prepared(opened(data, cache), cache, "stacks")


def test_a_video_that_was_removed_from_the_data_plays_no_part_any_more(data: Path, cache: Path) -> None:
    before = prepared(opened(data, cache), cache, "stacks", "tracks")
    assert before.participants == ("1", "2", "3")
    fingerprint = before.fingerprint
    (data / "videos" / "3_x.avi").unlink()
    (data / "videos" / "2_broken.avi").unlink()
    # The cache still holds the stacks and tracks of both.
    assert (stacks_folder(cache, STACKS) / "records" / "3_x.json").is_file()
    assert (tracks_folder(cache, SETTINGS.tracking) / "3_x.npz").is_file()
    after = prepared(opened(data, cache), cache, "stacks", "tracks")
    assert after.participants == tuple(after.labels("motility")) == ("1", "2")
    assert [recording.video_id for recording in after.all_recordings] == ["1_x", "2_x"]
    assert after.left_out == (LeftOut(name="participant 3", reason="a row in semen_analysis_data.csv, but no video"),)
    assert [person.participant for person in after.summaries(STACKS)] == ["1", "2"]
    assert after.fingerprint != fingerprint


def test_a_video_that_was_exchanged_is_prepared_anew(data: Path, cache: Path) -> None:
    prepared(opened(data, cache), cache, "stacks", "tracks")
    write_film(data / "videos" / "1_x.avi", (0.0, 30.0))
    dataset = prepared(opened(data, cache), cache, "stacks", "tracks")
    (changed,), (other,) = dataset.recordings["1"], dataset.recordings["2"]
    assert (changed.cells_seen(STACKS), other.cells_seen(STACKS)) == (2, len(SPEEDS_UM_S))
    assert len(changed.tracks(SETTINGS.tracking)[0]) == 2


# --- cells

DENSITIES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.0)

FILM_PX = 160 * 240

COUNTERS: tuple[tuple[Target, InputType], ...] = (("motility", "I1"), ("motility", "I3"), ("morphology", "I1"))


@pytest.fixture
def counting(tmp_path: Path) -> CountingConfig:
    """Settings with a folder of counters that find so many cells in each pixel of their maps."""
    for target, input_type in COUNTERS:
        save_counter(tmp_path / "counters", target, constant_counter(DENSITIES, input_type))
    return CountingConfig(stacks_per_video=2, weights=str(tmp_path / "counters"))


def forbid_cutting(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*args: object, **named: object) -> None:
        pytest.fail("stacks were cut again")

    monkeypatch.setattr(motilens.recordings.cell_counts, "extract_stacks", cut)


def test_cells_are_counted_once_for_all_by_every_network_that_is_needed(
    data: Path, cache: Path, counting: CountingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = prepared(opened(data, cache), cache, "cells")
    same, costs = prepare_cells(dataset, counting, COUNTERS, workers=1, progress=Silent())
    assert same is dataset
    assert set(costs) == {"I1", "I3"} and min(costs.values()) > 0
    forbid_cutting(monkeypatch)
    for video in ("1_x", "2_x", "3_x"):
        (recording,) = (found for found in opened(data, cache).all_recordings if found.video_id == video)
        for target, input_type in COUNTERS:
            counter = load_counter(counting.weights, target, input_type)
            counts = recording.cell_counts(counter, counting.stacks(input_type, target)).array()
            map_px = FILM_PX * (UM_PER_PX / MODEL_UM_PER_PX[target]) ** 2 / 4**2
            assert counts == pytest.approx(np.tile(map_px * np.array(DENSITIES), (2, 1)), abs=2e-3)


def test_several_workers_count_the_same(
    data: Path, tmp_path: Path, counting: CountingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in other processes, but without starting them, each of which would load PyTorch."""

    def run_sent(
        work: Callable[[Any], Any], jobs: Sequence[Any], *, workers: int, start: Callable[[], None]
    ) -> Iterator[Any]:
        assert workers == 2
        start()
        for job in reversed(jobs):  # results come in any order
            sent_work, sent_job = pickle.loads(pickle.dumps((work, job)))
            yield pickle.loads(pickle.dumps(sent_work(sent_job)))

    monkeypatch.setattr(motilens.data.prepare, "run_parallel", run_sent)
    save_counter(Path(counting.weights), "motility", small_counter("I1"))
    found = {}
    for workers in (1, 2):
        dataset = opened(data, tmp_path / str(workers))
        dataset, _ = prepare_cells(dataset, counting, COUNTERS[:1], workers=workers, progress=Silent())
        counter = load_counter(counting.weights, "motility", "I1")
        with monkeypatch.context() as patch:
            forbid_cutting(patch)
            stacks = counting.stacks("I1", "motility")
            counts = {r.video_id: r.cell_counts(counter, stacks).counts for r in dataset.all_recordings}
        found[workers] = counts, dataset.left_out
    assert found[1] == found[2]
    assert set(found[1][0]) == {"1_x", "2_x", "3_x"} and len(set(found[1][0].values())) == 3
    assert [left_out.name for left_out in found[1][1]] == ["2_broken"]


def test_a_recording_whose_cells_cannot_be_counted_is_left_out_with_its_reason(
    data: Path, cache: Path, counting: CountingConfig
) -> None:
    write_film(data / "videos" / "1_x.avi", n_frames=5)  # too short for I3, not for I1
    write_film(data / "videos" / "3_x.avi", ())  # no heads that tell the width of a pixel
    dataset = opened(data, cache, um_per_px=None)
    dataset, costs = prepare_cells(dataset, counting, COUNTERS, workers=1, progress=Silent())
    assert [recording.video_id for recording in dataset.all_recordings] == ["2_x"]
    reasons = {left_out.name: left_out.reason for left_out in dataset.left_out}
    assert set(reasons) == {"1_x", "2_broken", "3_x"}
    assert reasons["1_x"].startswith("cells cannot be counted: 1_x.avi has 5 usable frames, a stack needs 9 ")
    assert reasons["2_broken"].startswith("cells cannot be counted: 2_broken.avi is not a video that can be read")
    assert reasons["3_x"].startswith("cells cannot be counted: the width of a pixel of 3_x.avi is not known, and too")
    assert set(costs) == {"I1", "I3"}


def test_a_counter_that_is_not_there_is_said_before_anything_is_decoded(
    data: Path, cache: Path, counting: CountingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_cutting(monkeypatch)
    with pytest.raises(MissingError, match="no counter of morphology for I4 at "):
        prepare_cells(opened(data, cache), counting, [*COUNTERS, ("morphology", "I4")], workers=1, progress=Silent())
    assert not cache.exists()


def test_records_of_tracks_say_what_became_of_each_video(data: Path, cache: Path) -> None:
    dataset = prepared(opened(data, cache), cache, "stacks")
    records = prepare_tracks(dataset, SETTINGS.tracking, cache=cache, workers=1, progress=Silent())
    assert {video_id: record.n_tracks for video_id, record in records.items()} == dict.fromkeys(
        ("1_x", "2_x", "3_x"), len(SPEEDS_UM_S)
    )
