"""What the network counts and detects in the realism benchmark, on maps and boxes made by hand."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motilens.config import CounterConfig
from motilens.errors import InputError
from motilens.networks.counter import Counter
from motilens.training.cell_crops import cell_blobs
from motilens.video.writer import write_video
from tests.benchmarks.conftest import Load
from tests.video.scenes import numbered

SIZE_UM = (320.0, 240.0)


def density(at_um: list[tuple[float, float]], *, side_px: int = 320) -> np.ndarray:
    """The map of all cells as it is trained, for cells at these places: 4 um a pixel."""
    x, y = np.array(at_um).T
    maps = cell_blobs(x, y, np.zeros(len(x)), np.zeros((len(x), 3)), side_px, 4)
    return maps[:3].sum(axis=0) + np.float32(1e-4)


def boxes(at_um: list[tuple[float, float]], *, kind: int = 0, side_um: float = 10) -> np.ndarray:
    width, height = SIZE_UM
    return np.array([[kind, x / width, y / height, side_um / width, side_um / height] for x, y in at_um])


# --- detections


def test_peaks_are_where_the_cells_are(load: Load) -> None:
    at = [(41.0, 50.5), (100.0, 202.0), (152.3, 120.9), (300.0, 33.0)]
    found = load("detections").peaks(density(at)) * 4
    np.testing.assert_allclose(sorted(found.tolist()), sorted(at), atol=0.1)


def test_a_cell_between_pixels_is_one_peak(load: Load) -> None:
    found = load("detections").peaks(density([(80.0, 80.0)])) * 4  # four pixels of the map have the same value
    np.testing.assert_allclose(found, [[80, 80]], atol=0.1)


def test_less_than_half_a_cell_is_no_peak(load: Load) -> None:
    cell = density([(82.0, 82.0)])  # the centre of a pixel: its full peak
    assert len(load("detections").peaks(0.49 * cell)) == 0
    assert len(load("detections").peaks(0.51 * cell)) == 1
    assert len(load("detections").peaks(np.full((20, 20), 1e-4, np.float32))) == 0


def test_agreement_of_known_detections(load: Load) -> None:
    heads = boxes([(50, 50), (100, 100), (200, 150)])
    found = np.array([[52.0, 50.0], [100.0, 106.0], [200.0, 147.0], [250.0, 60.0]])
    told = load("detections").agreement(found, heads, SIZE_UM)
    # The second is 6 um away: a missed head and a false detection. The fourth is false, too.
    assert (told.matched, told.heads, told.detections) == (2, 3, 4)
    assert told.recall_pct == [pytest.approx(200 / 3)] and told.precision_pct == [50]


def test_heads_are_matched_one_to_one(load: Load) -> None:
    agreement = load("detections").agreement
    told = agreement(np.array([[50.0, 50.0]]), boxes([(48, 50), (53, 50)]), SIZE_UM)
    assert (told.matched, told.heads, told.detections) == (1, 2, 1)
    # The nearest pair would leave the others alone; both can be matched.
    told = agreement(np.array([[50.0, 50.0], [54.5, 50.0]]), boxes([(46, 50), (51, 50)]), SIZE_UM)
    assert (told.matched, told.heads, told.detections) == (2, 2, 2)


def test_clusters_small_heads_and_the_border_do_not_count(load: Load) -> None:
    others = np.concatenate(
        [boxes([(50, 50)]), boxes([(100, 100)], kind=1, side_um=40), boxes([(150, 50)], kind=2), boxes([(3, 100)])]
    )
    found = np.array([[50.0, 50.0], [90.0, 110.0], [115.0, 95.0], [151.0, 50.0], [4.0, 101.0], [318.0, 20.0]])
    told = load("detections").agreement(found, others, SIZE_UM)
    assert (told.matched, told.heads, told.detections) == (1, 1, 1)


def test_nothing_to_find_and_nothing_found(load: Load) -> None:
    told = load("detections").agreement(np.zeros((0, 2)), np.zeros((0, 5)), SIZE_UM)
    assert told.recall_pct == told.precision_pct == []


# --- boxes


def test_boxes_of_a_table_a_folder_and_a_truth_are_the_same(load: Load, tmp_path: Path) -> None:
    module = load("boxes")
    (tmp_path / "boxes.csv").write_text(
        "video_id,frame,track,class,cx_px,cy_px,w_px,h_px\n82,3,0,0,320,120,16,24\n82,3,1,1,64,48,32,24\n7,3,0,0,1,1,1,1\n"
    )
    lines = "0 0 0.5 0.25 0.025 0.05\n1 1 0.1 0.1 0.05 0.05\n"
    folder = tmp_path / "tracks" / "82" / "labels_ftid"
    folder.mkdir(parents=True)
    (folder / "82_frame_3_with_ftid.txt").write_text(lines)
    (tmp_path / "truth").mkdir()
    with zipfile.ZipFile(tmp_path / "truth" / "82_labels.zip", "w") as file:
        file.writestr("82/labels_ftid/82_frame_3_with_ftid.txt", lines)
    video = tmp_path / "videos" / "82_first15s.mp4"
    told = [module.annotated(tmp_path / name, video) for name in ("boxes.csv", "tracks")] + [module.drawn(video)]
    for each in told:
        assert list(each) == [3]
        np.testing.assert_allclose(each[3], [[0, 0.5, 0.25, 0.025, 0.05], [1, 0.1, 0.1, 0.05, 0.05]])
    assert module.annotated(tmp_path / "boxes.csv", Path("9.mp4")) is None
    assert module.annotated(tmp_path / "tracks", Path("clip.mp4")) is None
    assert module.annotated(None, video) is None
    assert module.drawn(tmp_path / "elsewhere" / "videos" / "82.mp4") is None


def test_a_table_without_the_size_of_boxes_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text("video_id,frame,track,class,cx_px,cy_px\n82,3,0,0,320,120\n")
    with pytest.raises(InputError, match="has no column h_px, w_px, which boxes need"):
        load("boxes").annotated(tmp_path / "boxes.csv", Path("82.mp4"))


# --- a clip


def counted(load: Load, path: Path, told: Any = None) -> Any:
    if not path.exists():
        write_video(path, numbered(110), fps_hz=50.0, codec="ffv1")
    clip = load("clip").read_clip(path, um_per_px=1.0)
    return load("counted").count_clip(path, clip, Counter(CounterConfig()).eval(), boxes=told), clip


def test_an_untrained_network_counts_the_same_everywhere(load: Load, tmp_path: Path) -> None:
    found, clip = counted(load, tmp_path / "a.mkv")
    height, width = clip.frames.shape[1:]
    # Before training each of the three maps is 0.02 everywhere; 640 x 480 pixels are 160 x 120 of the map.
    assert height % 4 == width % 4 == 0
    np.testing.assert_allclose(found.samples["cells_counted"], [3 * 0.02 * 160 * 120] * 3, rtol=1e-4)
    assert found.reasons["recall_pct"] == "no boxes around its heads are known"


def test_detections_are_compared_with_the_boxes_of_the_middle_frame(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One head goes 1 um to the right in each frame; a second stands where no box is."""
    path = tmp_path / "1.mkv"
    _, clip = counted(load, path)
    height, width = clip.frames.shape[1:]
    told = {k: np.array([[0, (20 + k) / width, 40 / height, 10 / width, 10 / height]]) for k in range(110)}

    def maps(_: Counter, pixels: np.ndarray) -> np.ndarray:
        made = []
        for first in (15, 46, 77):  # three stacks, evenly over the 93 places that 110 frames have for them
            x, y = np.full(2, 20 + first + 9), np.array([40, 70])
            whole = cell_blobs(x, y, np.zeros(2), np.zeros((2, 3)), 640, 4) + np.float32(1e-4)
            made.append(whole[:, : height // 4, : width // 4])
        assert len(pixels) == len(made)
        return np.stack(made)

    monkeypatch.setattr(load("counted"), "cell_maps", maps)
    found, _ = counted(load, path, told)
    assert found.samples["recall_pct"].tolist() == [100] * 3
    assert found.samples["precision_pct"].tolist() == [50] * 3


def test_a_clip_that_gives_no_stacks_says_why(load: Load, tmp_path: Path) -> None:
    write_video(tmp_path / "slow.mkv", numbered(40), fps_hz=10.0, codec="ffv1")
    found, _ = counted(load, tmp_path / "slow.mkv")
    assert not found.samples
    assert "10 frames a second, 50 are needed" in found.reasons["cells_counted"]
