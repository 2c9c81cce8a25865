from collections.abc import Collection
from pathlib import Path

import pytest

import motilens.stacks.extract_videos
import motilens.tracking.store
from motilens.config import AutoencoderConfig, MethodSettings, RegressorConfig
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.participants import LeftOut
from motilens.data.prepare import prepare, prepare_tracks
from motilens.errors import DataError, MismatchError
from motilens.predictors.predictor import Need
from motilens.progress import Silent
from motilens.recordings.recording import stacks_folder, surveys_folder, tracks_folder
from tests.data.folders import Row, semen_table, write
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


def test_records_of_tracks_say_what_became_of_each_video(data: Path, cache: Path) -> None:
    dataset = prepared(opened(data, cache), cache, "stacks")
    records = prepare_tracks(dataset, SETTINGS.tracking, cache=cache, workers=1, progress=Silent())
    assert {video_id: record.n_tracks for video_id, record in records.items()} == dict.fromkeys(
        ("1_x", "2_x", "3_x"), len(SPEEDS_UM_S)
    )
