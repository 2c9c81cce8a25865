import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import motilens.recordings.cell_counts
import motilens.recordings.recording
import motilens.stacks.extract_videos
import motilens.tracking.store
import motilens.video.survey_file
from motilens.config import StackConfig, TrackingConfig
from motilens.errors import MismatchError, MissingError, ScaleError, StorageError, VideoError
from motilens.recordings.recording import Recording, stacks_folder, surveys_folder, tracks_folder
from motilens.recordings.scale import HEAD_UM, PixelWidth
from motilens.tracking.tracks import Scale
from tests.networks.counters import constant_counter
from tests.recordings.films import FPS_HZ, SPEEDS_UM_S, STACKS, UM_PER_PX, write_broken, write_film

TRACKING = TrackingConfig()

N_CELLS = len(SPEEDS_UM_S)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "1_09.09.01_SSW.avi")


@pytest.fixture(params=["in memory", "in a cache"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return None if request.param == "in memory" else tmp_path / "cache"


def count_calls(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[object]:
    """Count the calls of a function; it goes on doing what it does."""
    calls: list[object] = []
    function: Callable[..., object] = getattr(module, name)

    def counted(*args: object, **named: object) -> object:
        calls.append(args)
        return function(*args, **named)

    monkeypatch.setattr(module, name, counted)
    return calls


def test_stacks_and_their_record(video: Path, cache: Path | None) -> None:
    recording = Recording(video, cache=cache)
    batch, record = recording.stacks(STACKS), recording.stack_record(STACKS)
    assert batch.video_id == recording.video_id == record.video_id == "1_09.09.01_SSW"
    assert (batch.pixels.shape, batch.pixels.dtype) == ((2, 9, 16, 16), np.uint8)
    assert record.status == "extracted" and record.n_stacks == 2
    assert [tuple(row) for row in batch.frame_idx[:, [0, -1]]] == list(record.frame_idx)
    assert recording.cells_seen(STACKS) == N_CELLS
    second = recording.stacks(STACKS, np.array([1]))
    assert np.array_equal(second.pixels, batch.pixels[1:]) and np.array_equal(second.frame_idx, batch.frame_idx[1:])


def test_tracks_follow_every_cell_at_its_speed(video: Path, cache: Path | None) -> None:
    recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
    (tracks,) = recording.tracks(TRACKING)
    assert tracks.scale == Scale(UM_PER_PX, FPS_HZ)
    assert len(tracks) == recording.track_record(TRACKING).n_tracks == N_CELLS
    assert not tracks.drift_px.any()
    first, last = tracks.starts, np.append(tracks.starts[1:], len(tracks.track)) - 1
    way_um = np.linalg.norm(tracks.places_um()[last] - tracks.places_um()[first], axis=1)
    speeds_um_s = way_um / ((tracks.frame[last] - tracks.frame[first]) / FPS_HZ)
    assert sorted(speeds_um_s) == pytest.approx(sorted(SPEEDS_UM_S), abs=1)


def test_a_cache_changes_nothing(video: Path, tmp_path: Path) -> None:
    plain, cached = Recording(video), Recording(video, cache=tmp_path)
    for reader in (cached, Recording(video, cache=tmp_path)):
        assert np.array_equal(reader.stacks(STACKS).pixels, plain.stacks(STACKS).pixels)
        assert reader.stack_record(STACKS) == plain.stack_record(STACKS)


def test_facts_of_the_file(video: Path) -> None:
    info = Recording(video).info
    assert (info.codec, info.height_px, info.width_px, info.fps_hz, info.n_frames) == ("mjpeg", 160, 240, FPS_HZ, 60)


def test_tracks_need_the_width_of_a_pixel_and_stacks_do_not(video: Path) -> None:
    recording = Recording(video)
    words = (
        r"the width of a pixel of 1_09\.09\.01_SSW\.avi is not known, and tracks are measured in um; give it with "
        r"--um-per-px \(motilitAI takes 0\.351 for VISEM\), or choose a method without tracks"
    )
    with pytest.raises(MismatchError, match=words):
        recording.tracks(TRACKING)
    with pytest.raises(MismatchError, match=words):
        recording.known_um_per_px  # noqa: B018 - read for its error
    assert len(recording.stacks(STACKS)) == 2


def test_a_file_that_is_no_video_says_so_whatever_is_asked(tmp_path: Path, cache: Path | None) -> None:
    video = write_broken(tmp_path / "2_x.avi")
    for _ in range(2):  # the second one finds the first one's record in the cache
        recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
        words = r"2_x\.avi is not a video that can be read: it holds text"
        with pytest.raises(VideoError, match=words):
            recording.stacks(STACKS)
        with pytest.raises(VideoError, match=words):
            recording.cells_seen(STACKS)
        with pytest.raises(VideoError, match=words):
            recording.tracks(TRACKING)
        with pytest.raises(VideoError, match=words):
            recording.info  # noqa: B018 - read for its error
        record = recording.stack_record(STACKS)
        assert (record.status, record.n_stacks) == ("left_out", 0)
        assert "it holds text" in record.reason


def test_a_video_too_short_has_no_stacks_and_no_tracks(tmp_path: Path, cache: Path | None) -> None:
    recording = Recording(write_film(tmp_path / "3_x.avi", n_frames=5), um_per_px=UM_PER_PX, cache=cache)
    with pytest.raises(VideoError, match="3_x.avi has 5 usable frames, a stack needs 9 "):
        recording.stacks(STACKS)
    assert recording.tracks(TRACKING) == ()
    assert recording.track_record(TRACKING).problems == (
        "no segment of 1 s between stage moves; the longest has 5 frames",
    )


def test_a_file_that_is_not_there_is_said(tmp_path: Path, cache: Path | None) -> None:
    recording = Recording(tmp_path / "nowhere.avi", um_per_px=UM_PER_PX, cache=cache)
    with pytest.raises(MissingError, match=r"nowhere\.avi"):
        recording.stacks(STACKS)
    with pytest.raises(MissingError, match=r"nowhere\.avi"):
        recording.tracks(TRACKING)
    with pytest.raises(MissingError, match=r"nowhere\.avi"):
        recording.fingerprint  # noqa: B018 - read for its error


def test_a_cache_that_cannot_be_written_is_said(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    recording = Recording(video, cache=tmp_path / "file" / "cache")
    with pytest.raises(StorageError, match="a part of that path is a file"):
        recording.stacks(STACKS)


def test_nothing_is_decoded_twice_in_memory(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = count_calls(monkeypatch, motilens.recordings.recording, "extract_stacks")
    tracked = count_calls(monkeypatch, motilens.tracking.store, "track_video")
    surveyed = count_calls(monkeypatch, motilens.video.survey_file, "survey")
    recording = Recording(video, um_per_px=UM_PER_PX)
    for _ in range(2):
        recording.cells_seen(STACKS)
        recording.stacks(STACKS, np.array([0]))
        recording.stack_record(STACKS)
        recording.tracks(TRACKING)
        recording.track_record(TRACKING)
    assert (len(cut), len(tracked), len(surveyed)) == (1, 1, 1)


@pytest.mark.parametrize("keep_bytes", [1 << 20, 0])
def test_nothing_is_decoded_twice_with_a_cache(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep_bytes: int
) -> None:
    monkeypatch.setattr(motilens.recordings.recording, "KEEP_BYTES", keep_bytes)
    cut = count_calls(monkeypatch, motilens.stacks.extract_videos, "extract_stacks")
    tracked = count_calls(monkeypatch, motilens.tracking.store, "track_video")
    surveyed = count_calls(monkeypatch, motilens.video.survey_file, "survey")
    read = []
    for _ in range(2):
        recording = Recording(video, um_per_px=UM_PER_PX, cache=tmp_path)
        read.append(recording.stacks(STACKS, np.array([1, 0, 1])).pixels)
        recording.tracks(TRACKING)
    assert (len(cut), len(tracked), len(surveyed)) == (1, 1, 1)
    assert np.array_equal(read[0], read[1])
    assert np.array_equal(read[0], Recording(video).stacks(STACKS).pixels[[1, 0, 1]])
    folders = [stacks_folder(tmp_path, STACKS), surveys_folder(tmp_path), tracks_folder(tmp_path, TRACKING)]
    assert sorted(tmp_path.iterdir()) == sorted(folders)


def test_other_settings_are_other_stacks(video: Path, cache: Path | None) -> None:
    recording = Recording(video, cache=cache)
    larger = STACKS.model_copy(update={"size_px": 32})
    assert recording.stacks(STACKS).pixels.shape == (2, 9, 16, 16)
    assert recording.stacks(larger).pixels.shape == (2, 9, 32, 32)
    assert recording.stacks(STACKS).pixels.shape == (2, 9, 16, 16)


def test_a_file_whose_content_changed_is_cut_and_tracked_anew(tmp_path: Path) -> None:
    video, cache = tmp_path / "1_x.avi", tmp_path / "cache"
    for speeds_um_s in ((40.0, 0.0, 20.0), (0.0, 30.0, 0.0, 20.0)):
        write_film(video, speeds_um_s)
        recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
        assert recording.cells_seen(STACKS) == len(speeds_um_s)
        assert len(recording.tracks(TRACKING)[0]) == len(speeds_um_s)
        assert recording.stack_record(STACKS).fingerprint == recording.fingerprint


def test_a_video_that_was_mended_is_used(tmp_path: Path) -> None:
    video, cache = write_broken(tmp_path / "1_x.avi"), tmp_path / "cache"
    assert Recording(video, cache=cache).stack_record(STACKS).status == "left_out"
    write_film(video)
    assert len(Recording(video, cache=cache).stacks(STACKS)) == 2


def test_a_copy_for_another_process_is_small_and_reads_the_same(video: Path, cache: Path | None) -> None:
    recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
    pixels, n_tracks = recording.stacks(STACKS).pixels, len(recording.tracks(TRACKING)[0])
    sent = pickle.dumps(recording)
    assert len(sent) < 2000
    copy = pickle.loads(sent)
    assert np.array_equal(copy.stacks(STACKS).pixels, pixels)
    assert len(copy.tracks(TRACKING)[0]) == n_tracks


# --- the width of a pixel, and cells

IN_UM = StackConfig(input_type="I3", stacks_per_video=2, um_per_px=1.0)

DENSITIES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.0)


def write_empty(path: Path) -> Path:
    """A video in which nothing stands out."""
    return write_film(path, ())


def test_a_given_width_of_a_pixel_is_taken_as_it_is(tmp_path: Path) -> None:
    assert Recording(tmp_path / "nowhere.avi", um_per_px=0.25).scale == PixelWidth(um_per_px=0.25)


def test_an_unknown_width_of_a_pixel_is_estimated(video: Path, cache: Path | None) -> None:
    recording = Recording(video, cache=cache)
    assert recording.um_per_px is None
    # The film's dots have a standard deviation of 2.5 pixels, so they are 4.4 x 2.5 pixels wide: see HEAD_SIGMAS.
    low, high = recording.scale.interval or (0.0, 0.0)
    assert low < HEAD_UM / 11 < high
    assert recording.scale is recording.scale


def test_stacks_in_um_have_the_size_that_the_width_of_a_pixel_makes(video: Path, cache: Path | None) -> None:
    recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
    assert recording.stacks(IN_UM).pixels.shape == (2, 9, 80, 120)
    assert recording.stacks(IN_UM, np.array([1])).pixels.shape == (1, 9, 80, 120)
    assert recording.stack_record(IN_UM).um_per_px == UM_PER_PX
    other = Recording(video, um_per_px=0.8, cache=cache)
    assert other.stacks(IN_UM).pixels.shape == (2, 9, 128, 192)
    assert recording.stacks(STACKS).pixels.shape == (2, 9, 16, 16)


def test_stacks_in_um_of_a_video_without_heads_say_what_is_missing(tmp_path: Path, cache: Path | None) -> None:
    video = write_empty(tmp_path / "1_x.avi")
    for _ in range(2):  # with what the first one left in the cache
        recording = Recording(video, cache=cache)
        record = recording.stack_record(IN_UM)
        assert record.status == "left_out"
        assert record.reason.startswith("the width of a pixel of 1_x.avi is not known, and too few heads stand out")
        with pytest.raises(VideoError, match=r"^the width of a pixel of 1_x\.avi is not known"):
            recording.stacks(IN_UM)
    assert len(Recording(video, um_per_px=UM_PER_PX, cache=cache).stacks(IN_UM)) == 2


def test_stacks_in_um_of_a_file_that_is_no_video(tmp_path: Path, cache: Path | None) -> None:
    recording = Recording(write_broken(tmp_path / "1_x.avi"), cache=cache)
    assert recording.stack_record(IN_UM).reason.startswith("1_x.avi is not a video that can be read: it holds text")


def test_cells_are_counted_once(video: Path, cache: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = constant_counter(DENSITIES, "I3")
    recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
    found = recording.cell_counts(counter, IN_UM)
    assert found.array() == pytest.approx(np.tile(600 * np.array(DENSITIES), (2, 1)), abs=1e-3)
    assert (found.um_per_px, found.problems) == (UM_PER_PX, ())
    cut = count_calls(monkeypatch, motilens.recordings.cell_counts, "extract_stacks")
    assert recording.cell_counts(counter, IN_UM) == found
    if cache is not None:
        assert Recording(video, um_per_px=UM_PER_PX, cache=cache).cell_counts(counter, IN_UM) == found
    assert not cut


def test_counters_do_not_share_their_counts(video: Path, cache: Path | None) -> None:
    recording = Recording(video, um_per_px=UM_PER_PX, cache=cache)
    counters = [constant_counter(DENSITIES, "I3", stride=stride) for stride in (4, 8)]  # all weights are the same
    counters += [constant_counter(DENSITIES[::-1], "I3")]
    found = [recording.cell_counts(counter, IN_UM).array()[0] for counter in counters]
    map_px = (20 * 30, 10 * 15, 20 * 30)
    for counts, densities, n in zip(found, (DENSITIES, DENSITIES, DENSITIES[::-1]), map_px, strict=True):
        assert counts == pytest.approx(n * np.array(densities), abs=1e-3)


def test_cells_counted_at_an_estimated_width_say_so_whoever_counted_them(video: Path, tmp_path: Path) -> None:
    counter = constant_counter(DENSITIES, "I3")
    estimated = Recording(video, cache=tmp_path).cell_counts(counter, IN_UM)
    (problem,) = estimated.problems
    assert problem.startswith("the width of a pixel was estimated from the heads: ")
    assert Recording(video, cache=tmp_path).cell_counts(counter, IN_UM).problems == (problem,)
    given = Recording(video, um_per_px=estimated.um_per_px, cache=tmp_path).cell_counts(counter, IN_UM)
    assert (given.counts, given.problems) == (estimated.counts, ())


def test_cells_of_a_video_that_cannot_be_used(tmp_path: Path, cache: Path | None) -> None:
    counter = constant_counter(DENSITIES, "I3")
    with pytest.raises(ScaleError, match=r"^the width of a pixel of 1_x\.avi is not known, and too few heads"):
        Recording(write_empty(tmp_path / "1_x.avi"), cache=cache).cell_counts(counter, IN_UM)
    with pytest.raises(VideoError, match=r"2_x\.avi is not a video that can be read"):
        Recording(write_broken(tmp_path / "2_x.avi"), cache=cache).cell_counts(counter, IN_UM)
    with pytest.raises(MissingError, match=r"nowhere\.avi"):
        Recording(tmp_path / "nowhere.avi", um_per_px=1.0, cache=cache).cell_counts(counter, IN_UM)


def test_a_copy_for_another_process_counts_the_same(video: Path, cache: Path | None) -> None:
    counter = constant_counter(DENSITIES, "I3")
    recording = Recording(video, cache=cache)
    found = recording.cell_counts(counter, IN_UM)
    sent = pickle.dumps(recording)
    assert len(sent) < 2000
    again = pickle.loads(sent).cell_counts(counter, IN_UM)
    assert (again.counts, again.problems) == (found.counts, found.problems)
