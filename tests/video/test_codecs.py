"""Frame numbers are exact in every codec and container: the index is the number in the frame's pixels."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from benchmarks.video_formats import fill, table

from motilens.errors import InputError
from tests.video.coded import (
    CONTAINERS,
    ENCODINGS,
    FPS_HZ,
    IMPOSSIBLE,
    N_FRAMES,
    Packets,
    number_in,
    outcome,
    picture,
    read,
    write,
)

PAIRS = [(name, container) for name, container in product(ENCODINGS, CONTAINERS) if container not in IMPOSSIBLE[name]]
HIT = (20, 50, 51, 52)
"""Packets that are damaged: places in the file."""


def can_be_checked_damaged(name: str, container: str) -> bool:
    """Tell whether a damaged file still says which frame is which.

    AVI says the order of packets alone, MPEG-PS not even where a packet ends. A damaged field also harms the other one
    of its frame, and sometimes the frame after it.
    """
    encoding = ENCODINGS[name]
    return container != "MPEG-PS" and not (container == "AVI" and encoding.reordered) and not encoding.fields_a_packet


DAMAGED_PAIRS = [pair for pair in PAIRS if can_be_checked_damaged(*pair)]


def shown(packets: Packets) -> list[int | None]:
    """The number of the frame in each packet; None for a hidden one."""
    times = [
        packet.pts * packet.time_base * FPS_HZ for packet in packets if packet.pts is not None and packet.time_base
    ]
    assert len(times) == len(packets)
    return [int(time) if time.denominator == 1 else None for time in times]


def unharmed(packets: Packets) -> set[int]:
    """Frames that no damaged packet can change: before the first, and from the key frame on that follows the last."""
    numbers = shown(packets)
    key = next(k for k in range(HIT[-1] + 1, len(packets)) if packets[k].is_keyframe and numbers[k] is not None)
    before = {number for number in numbers[: HIT[0]] if number is not None}
    return before | {number for number in numbers if number is not None and number >= (numbers[key] or 0)}


class Damage:
    """Damages packets, and remembers which frames the file should still hold."""

    def __init__(self, damaged: Callable[[Packets], Packets]) -> None:
        self.damaged = damaged
        self.unharmed: set[int] = set()
        self.held: list[int] = []

    def __call__(self, packets: Packets) -> Packets:
        self.unharmed = unharmed(packets)
        left = self.damaged(packets)
        self.held = sorted(number for number in shown(left) if number is not None)
        return left


JOINED = "PNG in AVI"
"""FFmpeg joins a picture whose end was overwritten with the next ones, so these are lost, too."""


def without(packets: Packets) -> Packets:
    return [packet for k, packet in enumerate(packets) if k not in HIT]


def overwritten(packets: Packets) -> Packets:
    for k in HIT:
        size = packets[k].size
        packets[k].update(bytes(packets[k])[: size // 2] + bytes(size - size // 2))
    return packets


def check_damaged(path: Path, damage: Damage, held: list[int]) -> None:
    """Every readable frame has the place of its number among those that the file holds; none is missing or doubled."""
    reading = read(path)
    assert sorted([*reading.indices, *reading.lost]) == list(range(len(held)))
    assert list(reading.indices) == sorted(reading.indices)
    readable = [
        (held[i], number) for i, number in zip(reading.indices, reading.numbers, strict=True) if number is not None
    ]
    assert [by_index for by_index, _ in readable] == [number for _, number in readable]
    assert damage.unharmed <= {number for _, number in readable} or path.stem.startswith(JOINED)


# --- the videos themselves


def test_every_number_can_be_read_from_its_picture_and_no_mixture_has_one() -> None:
    assert [number_in(picture(number)) for number in range(N_FRAMES)] == list(range(N_FRAMES))
    mixed = picture(3).copy()
    mixed[:48] = picture(4)[:48]
    assert number_in(mixed) is None


def test_no_encoding_or_container_is_left_out() -> None:
    assert list(IMPOSSIBLE) == list(ENCODINGS)
    assert {container for _, container in PAIRS} == set(CONTAINERS)


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_is_listed_as_impossible_is(name: str) -> None:
    assert [container for container in IMPOSSIBLE[name] if outcome(name, container) != "impossible"] == []


# --- whole files


@pytest.mark.parametrize(("name", "container"), PAIRS)
def test_every_frame_has_its_number(name: str, container: str) -> None:
    assert outcome(name, container) == "exact"


# --- the page


def test_the_page_has_the_outcomes(repository: Path) -> None:
    page = (repository / "docs" / "video-formats.md").read_text(encoding="utf-8")
    # Fails where an outcome has changed: run `python -m benchmarks.video_formats docs/video-formats.md`.
    assert fill(page, outcome) == page


def test_a_dash_stands_for_what_is_impossible_and_a_fault_is_told() -> None:
    told = table(lambda name, container: "impossible" if container == "AVI" else f"{name} in {container}")
    assert [line.split(" | ")[1:3] for line in told.splitlines()[:3]] == [
        ["AVI", "MP4"],
        ["---", "---"],
        ["–", "H.264 in MP4"],  # noqa: RUF001
    ]


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(InputError, match=r"does not have '<!-- made: codecs -->' and '<!-- end -->' once"):
        fill("# Title\n", outcome)


# --- damaged files


@pytest.mark.parametrize(("name", "container"), DAMAGED_PAIRS)
def test_frames_keep_their_numbers_where_packets_are_missing(tmp_path: Path, name: str, container: str) -> None:
    path, damage = tmp_path / f"v.{CONTAINERS[container]}", Damage(without)
    write(path, name, edit=damage)
    # AVI has no time stamps: FFmpeg, like camera programs, writes an empty chunk for a frame that did not come.
    check_damaged(path, damage, list(range(N_FRAMES)) if container == "AVI" else damage.held)


@pytest.mark.parametrize(("name", "container"), DAMAGED_PAIRS)
def test_frames_keep_their_numbers_where_packets_are_overwritten(tmp_path: Path, name: str, container: str) -> None:
    path, damage = tmp_path / f"{name} in {container}.{CONTAINERS[container]}", Damage(overwritten)
    write(path, name, edit=damage)
    check_damaged(path, damage, damage.held)


@pytest.mark.parametrize("name", ["MJPEG", "FFV1", "uncompressed RGB"])
def test_empty_chunks_of_an_avi_are_lost_frames(tmp_path: Path, name: str) -> None:
    path = tmp_path / "v.avi"
    write(path, name, edit=without)
    chunks = path.read_bytes().partition(b"movi")[2].partition(b"idx1")[0]
    assert chunks.count(b"00dc\0\0\0\0") == len(HIT)
    reading = read(path)
    came = tuple(number for number in range(N_FRAMES) if number not in HIT)
    assert (reading.indices, reading.numbers, reading.lost) == (came, came, HIT)
