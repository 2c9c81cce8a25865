"""Damaged headers and time stamps, each with a known answer."""

import struct
from pathlib import Path

import numpy as np
import pytest

from motilens.video.survey import survey
from tests.video.scenes import make_video, numbered, write_raw


def started_at(path: Path, place: int, rate: int) -> Path:
    """Change the first place and the rate of an AVI's first stream."""
    content = bytearray(path.read_bytes())
    stream = content.find(b"vids")
    struct.pack_into("<III", content, stream + 20, 1, rate, place)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("place", "rate"), [(7, 50), (1_000, 50), (0x7FFFFFFF, 0x7FFFFFFF), (0xFFFFFFFF, 50)])
def test_an_avi_that_starts_late_has_lost_no_frame(tmp_path: Path, place: int, rate: int) -> None:
    found = survey(started_at(make_video(tmp_path / "v.avi"), place, rate))
    assert found.number.tolist() == list(range(60))
    assert found.lost == () and found.info.n_frames == 60


@pytest.mark.parametrize("power", [40, 47, 50])
def test_a_leap_of_time_changes_no_interval(tmp_path: Path, power: int) -> None:
    times_ms = [20 * k + (2**power if k >= 30 else 0) for k in range(60)]
    found = survey(write_raw(tmp_path / "v.nut", numbered(60), times_ms=times_ms))
    assert (found.info.fps_hz, found.info.variable_rate) == (50, False)
    np.testing.assert_allclose(found.time_s, np.arange(60) / 50, atol=1e-6)
    assert found.gap.nonzero()[0].tolist() == [30]


def test_a_first_frame_of_another_clock(tmp_path: Path) -> None:
    times_ms = [-(2**50), *(20 * k for k in range(1, 60))]
    found = survey(write_raw(tmp_path / "v.nut", numbered(60), times_ms=times_ms))
    assert found.info.fps_hz == 50
    np.testing.assert_allclose(found.time_s, np.arange(60) / 50, atol=1e-6)
