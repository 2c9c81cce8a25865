"""Videos whose cells are known: eight dots in each of two fields, and a simulated one."""

import re
from pathlib import Path

import numpy as np
import pytest

from motilens.config import TrackingConfig
from motilens.errors import TrackError
from motilens.simulate.dataset import simulate_dataset
from motilens.simulate.truth import read_truth
from motilens.tracking import track_video as module
from motilens.tracking.motility_classes import class_shares
from motilens.tracking.track_video import track_video
from motilens.tracking.tracks import Tracks
from motilens.video.survey import survey
from motilens.video.writer import write_video
from tests.tracking.scenes import SCALE, film, straight

N = 70
CONFIG = TrackingConfig(seconds=2.0)
SWIM = [30.0] * 4 + [0.0] * 4


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight cells that never move, for 60 frames."""
    path = tmp_path_factory.mktemp("videos") / "still.avi"
    write_video(path, film(straight(60, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    return path


def test_known_cells_are_followed_in_each_field_and_not_from_one_to_the_other(tmp_path: Path) -> None:
    frames = np.concatenate([film(straight(N, SWIM)), film(straight(N, SWIM) + np.array([17, 9]), seed=1)])
    path = tmp_path / "1.avi"
    write_video(path, frames, fps_hz=50.0, codec="ffv1")
    found = track_video(survey(path), SCALE.um_per_px, CONFIG)
    assert found.problems == () and found.n_segments == 2 and found.mass is not None and found.mass.how == "valley"
    (first, middle), (again, last) = found.tracked
    assert 0 <= first < middle <= N < again < last <= 2 * N and middle - first == last - again == 50
    assert [len(t) for t in found.tracks] == [8, 8]
    for tracks in found.tracks:
        assert tracks.drift_px.shape == (50, 2) and (tracks.drift_px == 0).all()
        assert class_shares(tracks).rapid_pct == pytest.approx(50)
    whole = track_video(survey(path), SCALE.um_per_px, TrackingConfig(seconds=None))
    assert sum(stop - first for first, stop in whole.tracked) >= 2 * N - 2 and [len(t) for t in whole.tracks] == [8, 8]


def test_cells_that_never_move_are_immotile(still: Path) -> None:
    (tracks,) = track_video(survey(still), SCALE.um_per_px, CONFIG).tracks
    assert len(tracks) == 8 and class_shares(tracks).motility_pct == (0, 0, 100)


def test_frames_that_cannot_be_decoded_end_a_segment(tmp_path: Path) -> None:
    path = tmp_path / "5.avi"
    write_video(path, film(straight(130, SWIM)), fps_hz=50.0, codec="mjpeg")
    content = path.read_bytes()
    start = [match.start() for match in re.finditer(b"\xff\xd8\xff", content)][65]
    path.write_bytes(content[:start] + bytes(1000) + content[start + 1000 :])
    found = track_video(survey(path), SCALE.um_per_px, TrackingConfig(seconds=24.0))
    assert found.tracked == ((0, 65), (65, 129)) and [len(t) for t in found.tracks] == [8, 8]
    assert found.problems == ("1 of 130 frames are missing or could not be decoded (frames 65)",)


def test_too_many_heads_to_link_is_a_problem(still: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*of: object, **others: object) -> Tracks:
        raise TrackError("too many heads too close in frame 1")

    monkeypatch.setattr(module, "link_heads", link)
    found = track_video(survey(still), SCALE.um_per_px, TrackingConfig())
    assert found.problems == ("no tracks in frames 0-59: too many heads too close in frame 1",)
    assert [len(t) for t in found.tracks] == [0] and found.tracks[0].n_frames == 60


def test_a_simulated_video_of_visem_s_size(tmp_path: Path) -> None:
    simulate_dataset(tmp_path, participants=1, seconds=1.5, size=(480, 640), fields=2, codec="ffv1", seed=7)
    truth = read_truth(tmp_path, 1)
    (video,) = (tmp_path / "videos").iterdir()
    found = track_video(survey(video), truth.um_per_px, TrackingConfig())
    assert len(found.tracked) == 2 and found.problems == ()
    for field, (first, stop), tracks in zip(truth.fields, found.tracked, found.tracks, strict=True):
        assert field.first_frame <= first < stop <= field.end_frame
        assert len(tracks.track) / tracks.n_frames == pytest.approx(field.cells_in_view, rel=0.35)
