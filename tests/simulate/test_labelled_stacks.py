"""Folders of labelled stacks: the same files however they come about, and nothing damaged is read."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from motilens.config import StackConfig
from motilens.errors import ConfigError, DataError, MissingError, TooShortError
from motilens.simulate import labelled_stacks
from motilens.simulate.labelled_stacks import SIZE_PX, STACK, LabelledStacks, make_labelled_stacks
from motilens.simulate.randomised import LabelledStack
from tests.simulate.factories import every_file

DRAW = "motilens.simulate.randomised.draw_labelled_stack"
PER_PART = 3
HEIGHT, WIDTH = 24, 32


def um_per_px(number: int) -> float:
    """Width of a pixel of a video: coarser and coarser."""
    return round(0.3 + 0.1 * number, 1)


def drawn(seed: int, number: int, config: StackConfig) -> LabelledStack:
    """Stands in for a simulated video: as many cells as its number, on pixels of the seed and the number.

    The first cell lies in the pixels that a folder cuts off below, the second beyond the right edge.
    """
    assert config == STACK
    if number == 4:
        raise TooShortError("an empty field")
    rng = np.random.default_rng([seed, number])
    pixels = rng.integers(0, 256, (18, HEIGHT + number % 3, WIDTH + 2), dtype=np.uint8)
    x_px, y_px = rng.uniform(0, WIDTH, number), rng.uniform(0, HEIGHT, number)
    y_px[:1], x_px[1:2] = HEIGHT + 0.5, WIDTH + 0.5
    defects = rng.random((number, 3)) < 0.5
    return LabelledStack(
        pixels, x_px, y_px, rng.integers(0, 3, number), defects, rng.normal(size=number), um_per_px(number)
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_stacks, "STACKS_PER_PART", PER_PART)
    monkeypatch.setattr(labelled_stacks, "SIZE_PX", (HEIGHT, WIDTH))
    monkeypatch.setattr(DRAW, drawn)


def files(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in every_file(folder).items() if ".lock" not in name}


def made(folder: Path, n: int = 8, *, seed: int = 0) -> LabelledStacks:
    return make_labelled_stacks(folder, seed=seed, n=n, workers=1)


def test_rows_are_the_stacks_of_all_videos_in_order(tmp_path: Path) -> None:
    stacks = made(tmp_path)
    numbers = [0, 1, 2, 3, 5, 6, 7, 8]  # 8 videos fill three parts of three; of the fifth there is no stack
    assert stacks.numbers == (0, 1, 2) and len(stacks) == len(numbers)
    for row, number in enumerate(numbers):
        expected = drawn(0, number, STACK)
        assert np.array_equal(stacks.pixels(row), expected.pixels[:, :HEIGHT, :WIDTH])
        cells = stacks.cells(row)
        assert cells.shape == (max(0, number - 2), 8)
        kept = slice(2, None)
        assert cells[:, 0] == pytest.approx(expected.x_px[kept], abs=0.0051)
        assert cells[:, 1] == pytest.approx(expected.y_px[kept], abs=0.0051)
        assert np.array_equal(cells[:, 2], expected.kind[kept])
        assert np.array_equal(cells[:, 3:6], expected.defects[kept])
        assert cells[:, 6] == pytest.approx(expected.depth_um[kept], abs=0.0051)
        assert cells[:, 7] == pytest.approx(um_per_px(number))


def test_stacks_of_fine_videos_are_found(tmp_path: Path) -> None:
    stacks = made(tmp_path)
    # The first three have no cells, of the fifth there is no stack.
    assert stacks.rows(widest_um_per_px=0.8).tolist() == [3, 4]
    assert stacks.rows(widest_um_per_px=9.0).tolist() == [3, 4, 5, 6, 7]
    assert stacks.rows().tolist() == list(range(8))


def test_a_folder_is_opened_as_it_was_made(tmp_path: Path) -> None:
    stacks, opened = made(tmp_path), LabelledStacks.open(tmp_path)
    assert opened == stacks and opened.digest == stacks.digest
    assert np.array_equal(opened.pixels(7), stacks.pixels(7)) and np.array_equal(opened.cells(7), stacks.cells(7))


def test_an_interrupted_call_is_continued_to_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "once")
    left = 5

    def stops(seed: int, number: int, config: StackConfig) -> LabelledStack:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return drawn(seed, number, config)

    with monkeypatch.context() as stopped:
        stopped.setattr(DRAW, stops)
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path / "twice")
    assert len(LabelledStacks.open(tmp_path / "twice")) == 3
    kept = (tmp_path / "twice" / "parts" / "00000.npy").stat().st_mtime_ns
    made(tmp_path / "twice")
    assert (tmp_path / "twice" / "parts" / "00000.npy").stat().st_mtime_ns == kept
    assert files(tmp_path / "twice") == files(tmp_path / "once")


def test_parts_may_be_finished_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(work: Callable[..., int], jobs: Sequence[object], *, workers: int) -> Iterator[int]:
        assert workers == 2
        return map(work, reversed(jobs))

    monkeypatch.setattr(labelled_stacks, "run_parallel", backwards)
    make_labelled_stacks(tmp_path / "two", seed=0, n=8, workers=2)
    made(tmp_path / "one")
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_stacks_can_be_appended_and_fewer_can_be_taken(tmp_path: Path) -> None:
    few = made(tmp_path, 3)
    assert (len(few), few.numbers) == (3, (0,))
    more = made(tmp_path, 9)
    assert len(more) == 8 and np.array_equal(more.pixels(2), few.pixels(2))
    assert more.digest != few.digest
    again = made(tmp_path, 3)
    assert len(again) == 3 and again.digest == few.digest


def test_another_seed_is_refused_and_draws_other_stacks(tmp_path: Path) -> None:
    first = made(tmp_path / "a", 3)
    before = files(tmp_path / "a")
    with pytest.raises(
        ConfigError, match=r"holds a run with another seed \(0 there, 1 now\); choose another folder[^\n]*$"
    ):
        made(tmp_path / "a", 3, seed=1)
    assert files(tmp_path / "a") == before
    other = made(tmp_path / "b", 3, seed=1)
    assert other.digest != first.digest and not np.array_equal(other.pixels(2), first.pixels(2))


def test_a_part_without_any_cell_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "motilens.simulate.randomised.draw_labelled_stack", lambda seed, number, config: drawn(seed, 0, config)
    )
    stacks = made(tmp_path, 3)
    assert [stacks.cells(row).shape for row in range(3)] == [(0, 8)] * 3


def test_a_part_without_any_stack_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "motilens.simulate.randomised.draw_labelled_stack", lambda seed, number, config: drawn(seed, 4, config)
    )
    with pytest.raises(DataError, match="no stack in part 0 of .*; allowed: at least one; choose another seed"):
        made(tmp_path, 3)


def test_a_folder_without_stacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no labelled stacks in .*; make some with motilens train-counters"):
        LabelledStacks.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("00001.npy", lambda file: file.unlink(), "00001.npy is missing"),
        ("00001.npy", lambda file: file.write_bytes(file.read_bytes()[:200]), "00001.npy is damaged"),
        ("00001.npy", lambda file: file.write_bytes(b""), "00001.npy is damaged"),
        ("00001.csv", lambda file: file.write_text("stack,x_px\n0,one\n"), "00001.csv is damaged"),
        ("00001.csv", lambda file: file.write_text(file.read_text()[:-9]), "00001.csv is damaged"),
        ("00001.csv", lambda file: file.write_text(""), "00001.csv is damaged"),
    ],
)
def test_a_damaged_part_is_named_with_the_way_on(
    name: str, damage: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    made(tmp_path)
    damage(tmp_path / "parts" / name)
    stacks = LabelledStacks.open(tmp_path)
    with pytest.raises(
        DataError, match=rf"{re.escape(said)}[^\n]*; remove part 1 [^\n]*and run the same command again$"
    ):
        _ = len(stacks), stacks.cells(0)
    for file in (tmp_path / "parts").glob("00001.*"):
        file.unlink()
    assert len(made(tmp_path)) == 8


def test_the_stacks_of_a_folder_are_as_large_as_every_video_allows() -> None:
    assert SIZE_PX == (280, 376) and all(side % 8 == 0 for side in SIZE_PX)
