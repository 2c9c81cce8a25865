"""Perfect sight: the truth's own shares, in the frames that are asked for, as a submission."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.perfect_sight import filled, middle_frames, shares_in_frames

from motilens.config import StackConfig
from motilens.recordings.recording import Recording
from motilens.simulate.dataset import simulate_dataset
from motilens.simulate.truth import read_truth


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sight")
    simulate_dataset(folder, participants=1, seconds=0.5, size=(96, 128), fields=2, codec="ffv1", seed=3)
    return folder


def test_all_frames_give_the_shares_of_the_cells_seen(data: Path) -> None:
    seen = read_truth(data, 1).seen
    found = shares_in_frames(data, 1, range(50))
    assert np.allclose(found["motility"], seen.motility_pct, atol=1.0)
    assert np.allclose(found["morphology"], seen.morphology_pct, atol=1.0)
    assert sum(found["motility"]) == pytest.approx(100)


def test_frames_are_the_middle_ones_of_the_stacks(data: Path) -> None:
    recording = Recording(next((data / "videos").iterdir()), um_per_px=read_truth(data, 1).um_per_px)
    config = StackConfig(input_type="I4", stacks_per_video=2, um_per_px=1.0)
    frames = recording.stacks(config).frame_idx
    assert middle_frames(recording, config) == frames[:, 9].tolist()


def test_a_template_is_filled() -> None:
    template = (
        "repeat,fold,participant,target,predicted_1,predicted_2,predicted_3\n1,1,7,motility,,,\n2,3,7,motility,,,\n"
    )
    shares = {"7": {"motility": (50.0, 30.0, 20.0), "morphology": (1.0, 2.0, 3.0)}}
    lines = filled(template, shares).splitlines()
    assert lines[1:] == ["1,1,7,motility,50.0000,30.0000,20.0000", "2,3,7,motility,50.0000,30.0000,20.0000"]
