"""Videos whose cells are known: eight dots in each of two fields, and a simulated one."""

import re
from pathlib import Path

import numpy as np
import pytest

from motilens.errors import ConfigError, DataError, MissingError, TrackError
from motilens.simulate.dataset import simulate_dataset
from motilens.simulate.truth import read_truth
from motilens.tracking import folder as tracking
from motilens.tracking import video as track_video_module
from motilens.tracking.folder import TrackStore, track_folder, tracks_path
from motilens.tracking.video import TrackingConfig, track_video
from motilens.tracks.physics import class_shares
from motilens.tracks.settings import LinkConfig
from motilens.tracks.values import Scale, Tracks
from motilens.video.writer import write_video
from tests.tracks.scenes import SCALE, film, straight

N = 70
CONFIG = TrackingConfig(seconds=2.0)
SWIM = [30.0] * 4 + [0.0] * 4
FRAMES = np.concatenate([film(straight(N, SWIM)), film(straight(N, SWIM) + np.array([17, 9]), seed=1)])


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("videos")
    write_video(root / "1.avi", FRAMES, fps_hz=50.0, codec="ffv1")
    write_video(root / "2.avi", film(straight(60, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    (root / "3.avi").write_text("patient 3\n")
    write_video(root / "4.avi", FRAMES[:20], fps_hz=50.0, codec="ffv1")
    return {path.stem: path for path in sorted(root.glob("*.avi"))}


@pytest.fixture(scope="module")
def store(videos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> TrackStore:
    return track_folder(videos, lambda i: SCALE, tmp_path_factory.mktemp("tracks"), config=CONFIG, workers=1)


def test_known_cells_are_followed_in_each_field_and_not_from_one_to_the_other(store: TrackStore) -> None:
    record = store.records["1"]
    assert record.problems == () and record.mass_how == "valley" and record.n_stretches == 2
    (first, middle), (again, last) = record.spans
    assert 0 <= first < middle <= N < again < last <= 2 * N and middle - first == last - again == 50
    tracks = store.tracks("1")
    assert [len(t) for t in tracks] == [8, 8] and record.n_tracks == 16
    for t in tracks:
        assert t.drift_px.shape == (50, 2) and (t.drift_px == 0).all()
        assert class_shares(t).rapid_pct == pytest.approx(50)
    (still,) = store.tracks("2")
    assert len(still) == 8 and class_shares(still).motility_pct == (0, 0, 100)
    assert set(store.cpu_s) == {"1", "2", "3", "4"} and store.cpu_s["1"] > 0


def test_videos_without_tracks_are_listed_with_their_reason(store: TrackStore) -> None:
    assert list(store.records) == ["1", "2", "3", "4"]
    assert store.problems == {
        "3": ("3.avi is not a video that can be read: it holds text (it begins 'patient 3')",),
        "4": ("no stretch of 1 s between stage moves; the longest has 20 frames",),
    }
    assert store.tracks("3") == () and store.tracks("4") == ()
    assert store.records["4"].n_short == 1
    with pytest.raises(MissingError, match="no tracks of participant 9"):
        store.tracks("9")


def test_a_second_run_does_nothing_and_workers_change_nothing(
    videos: dict[str, Path], store: TrackStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = track_folder(videos, dict.fromkeys(videos, SCALE), tmp_path, config=CONFIG, workers=2)
    for i in videos:
        assert two.records[i].model_copy(update={"cpu_s": 0}) == store.records[i].model_copy(update={"cpu_s": 0})
        for one, other in zip(store.tracks(i), two.tracks(i), strict=True):
            assert np.array_equal(one.x_px, other.x_px) and np.array_equal(one.beat, other.beat, equal_nan=True)

    def untouched(*of: object) -> None:
        pytest.fail("tracked again")

    monkeypatch.setattr(tracking, "track_video", untouched)
    again = track_folder(videos, lambda i: SCALE, tmp_path, config=CONFIG)
    assert again == two


def test_what_is_missing_or_changed_is_tracked(videos: dict[str, Path], tmp_path: Path) -> None:
    changing = tmp_path / "2.avi"
    changing.write_bytes(videos["2"].read_bytes())
    mine, out = {"1": videos["1"], "2": changing}, tmp_path / "out"
    before = track_folder({"2": changing}, lambda i: SCALE, out, config=CONFIG, workers=1)
    write_video(changing, film(straight(60, [30.0] * 4)), fps_hz=50.0, codec="ffv1")
    after = track_folder(mine, lambda i: SCALE, out, config=CONFIG, workers=1)
    assert list(after.records) == ["1", "2"]
    assert (before.records["2"].n_tracks, after.records["2"].n_tracks) == (8, 4)


def test_other_settings_and_another_scale_are_refused(videos: dict[str, Path], store: TrackStore) -> None:
    some = {"1": videos["1"]}
    told = "^tracks of participant 1 in .* were made with other settings; allowed: the same; use another [^\n]*$"
    with pytest.raises(ConfigError, match=told):
        track_folder(some, lambda i: SCALE, store.path, config=TrackingConfig(seconds=3.0))
    with pytest.raises(ConfigError, match=r"made with Scale\(um_per_px=0.5, .* instead of Scale\(um_per_px=0.4"):
        track_folder(some, lambda i: Scale(0.4, 50.0), store.path, config=CONFIG)
    with pytest.raises(ValueError, match="drift is 'mean'; allowed: 'none': each method takes off its own"):
        TrackingConfig(link=LinkConfig())


def test_a_missing_video_and_a_file_of_something_else(videos: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no video of participant 7: .*7.avi is not there; correct the path"):
        track_folder({"7": tmp_path / "7.avi"}, lambda i: SCALE, tmp_path)
    tracks_path(tmp_path, "1").write_bytes(b"no tracks")
    with pytest.raises(DataError, match="does not hold tracks that this version wrote; remove it and"):
        track_folder({"1": videos["1"]}, lambda i: SCALE, tmp_path)


def test_a_participant_may_be_called_anything(videos: dict[str, Path], tmp_path: Path) -> None:
    strange = "../a/b"
    store = track_folder({strange: videos["2"]}, lambda i: SCALE, tmp_path / "out", config=CONFIG, workers=1)
    assert len(store.tracks(strange)) == 1 and [p.parent for p in tmp_path.rglob("*.npz")] == [tmp_path / "out"]


def test_frames_that_cannot_be_decoded_split_a_stretch(tmp_path: Path) -> None:
    path = tmp_path / "5.avi"
    write_video(path, film(straight(130, SWIM)), fps_hz=50.0, codec="mjpeg")
    content = path.read_bytes()
    start = [match.start() for match in re.finditer(b"\xff\xd8\xff", content)][65]
    path.write_bytes(content[:start] + bytes(1000) + content[start + 1000 :])
    found = track_video(path, SCALE, TrackingConfig(seconds=24.0))
    assert found.spans == ((0, 65), (66, 130)) and [len(t) for t in found.tracks] == [8, 8]
    assert found.problems == ("1 of 130 frames could not be decoded (frames 65)",)


def test_a_rate_that_is_not_the_scale_s_is_told(videos: dict[str, Path]) -> None:
    found = track_video(videos["2"], Scale(0.5, 60.0), CONFIG)
    assert found.problems == ("50 frames a second, tracked as 60",)


def test_too_many_heads_to_tell_apart_is_told(videos: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*of: object, **others: object) -> Tracks:
        raise TrackError("too many heads too close in frame 1")

    monkeypatch.setattr(track_video_module, "link_heads", link)
    found = track_video(videos["2"], SCALE, TrackingConfig())
    assert found.problems == ("frames 0-59 have no tracks: too many heads too close in frame 1",)
    assert [len(t) for t in found.tracks] == [0] and found.tracks[0].n_frames == 60


def test_a_simulated_video_at_visem_s_size(tmp_path: Path) -> None:
    simulate_dataset(tmp_path, participants=1, seconds=1.5, size=(480, 640), fields=2, codec="ffv1", seed=3)
    truth = read_truth(tmp_path, 1)
    (video,) = (tmp_path / "videos").iterdir()
    found = track_video(video, Scale(truth.um_per_px, truth.fps_hz), TrackingConfig())
    assert len(found.spans) == 2 and found.problems == ()
    for field, (first, stop), tracks in zip(truth.fields, found.spans, found.tracks, strict=True):
        assert field.first_frame <= first < stop <= field.end_frame
        assert len(tracks.track) / tracks.n_frames == pytest.approx(field.cells_in_view, rel=0.35)
