"""The cutter on frames that are only numbers: whatever moves and losses come, stacks are right and none is missing."""

from typing import get_args

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.config import FRAMES, InputType, StackConfig
from motilens.stacks import cutter as cutter_module
from motilens.stacks.cutter import Cut, Cutter, Watch
from motilens.stacks.indices import count_slots
from motilens.video.frame import Frame, Shrinkers
from motilens.video.timing import FrameChoice

SIZE_PX = 16
PICTURE, SHRINKERS = av.VideoFrame(2, 2, "gray"), Shrinkers()


class NumberFrame(Frame):
    """Its small pixels are its number, its thumbnail the place of the stage."""

    place = 0

    def area_average(self, size_px: int) -> np.ndarray:
        return np.full((size_px, size_px), self.index, np.uint8)

    def thumbnail(self) -> np.ndarray:
        return np.full((2, 2), self.place, np.uint8)

    def grey(self) -> np.ndarray:
        return np.full((3, 3), self.index, np.uint8)


class PlaceDetector:
    """Sees a move where the place changes."""

    def __init__(self) -> None:
        self._before: int | None = None

    def skip(self) -> None:
        self._before = None

    def feed_many(self, thumbnails: list[np.ndarray]) -> list[bool]:
        places = [int(thumbnail[0, 0]) for thumbnail in thumbnails]
        before, self._before = self._before, places[-1]
        return [one not in (None, other) for one, other in zip([before, *places], places, strict=False)]


def passes(
    places: list[int], lost: set[int], gaps: set[int], config: StackConfig
) -> tuple[list[Cut], list[np.ndarray], list[Watch]]:
    """All passes that a video would get."""
    n_frames, frames = len(places), FRAMES[config.input_type]
    choice = FrameChoice(np.arange(n_frames), tuple(sorted(gaps)), by_time=False)
    cuts, pixels, watches = [Cut()], [], []
    for watch in get_args(Watch):
        pixels.append(np.zeros((config.stacks_per_video, frames, SIZE_PX, SIZE_PX), np.uint8))
        cutter = Cutter(choice, config, pixels[-1], watch=watch, before=cuts[-1])
        for index, place in enumerate(places):
            if index not in lost:
                frame = NumberFrame(index, index / 50, 0, PICTURE, SHRINKERS)
                object.__setattr__(frame, "place", place)
                cutter.take(frame)
        cuts.append(cutter.finish())
        watches.append(watch)
        slots = count_slots(n_frames, (*gaps, *cuts[-1].breaks), frames, lost=cuts[-1].lost)
        if len(cuts[-1].ends) == min(config.stacks_per_video, slots):
            break
    return cuts[1:], pixels, watches


video = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=5)


@pytest.fixture(autouse=True)
def numbers_instead_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutter_module, "MoveDetector", PlaceDetector)
    monkeypatch.setattr(cutter_module, "count_heads", lambda frame: int(frame[0, 0]))


@given(
    video,
    st.sets(st.integers(0, 120), max_size=6),
    st.sets(st.integers(1, 120), max_size=3),
    st.sampled_from(["I1", "I3", "I4"]),
    st.integers(1, 40),
)
def test_stacks_are_right_and_none_is_missing(
    runs: list[tuple[int, int]], lost: set[int], gaps: set[int], input_type: InputType, stacks: int
) -> None:
    places = [place for length, place in runs for _ in range(length)]
    n_frames, frames = len(places), FRAMES[input_type]
    lost, gaps = {at for at in lost if at < n_frames}, {at for at in gaps if at < n_frames}
    config = StackConfig(input_type=input_type, stacks_per_video=stacks, size_px=SIZE_PX)
    cuts, pixels, _ = passes(places, lost, gaps, config)
    cut = cuts[-1]
    assert cut.lost == lost
    moves = {at for at in range(1, n_frames) if places[at] != places[at - 1]}
    possible = [
        end
        for end in range(frames - 1, n_frames)
        if not lost & set(range(end - frames + 1, end + 1))
        and not gaps & set(range(end - frames + 2, end + 1))
        and not moves & set(range(end - frames + 2, end + 1))
    ]
    assert sorted(set(cut.ends)) == cut.ends
    assert set(cut.ends) <= set(possible) or frames == 1
    assert len(cut.ends) == min(stacks, len(possible))
    starts = np.asarray(cut.ends, dtype=int)[:, None] - frames + 1 + np.arange(frames)
    assert np.array_equal(pixels[-1][: len(cut.ends), :, 0, 0], starts)
    assert cut.cells == starts[:, 0].tolist()


def test_one_pass_is_enough_as_a_rule() -> None:
    config = StackConfig(input_type="I4", stacks_per_video=8, size_px=SIZE_PX)
    for places in ([0] * 250, [0] * 100 + [1] * 150, [0] * 80 + [1] * 80 + [2] * 80):
        cuts, _, watches = passes(places, set(), set(), config)
        assert watches == ["stacks"]
        assert len(cuts[0].ends) == 8


def test_a_move_at_the_very_end_costs_a_second_pass_not_a_stack() -> None:
    config = StackConfig(input_type="I4", stacks_per_video=40, size_px=SIZE_PX)
    cuts, _, watches = passes([0] * 240 + [1] * 5, set(), set(), config)
    assert watches[:2] == ["stacks", "all"]
    assert len(cuts[-1].ends) == 40
