"""Numbers the decoded frames of a video so that lost ones keep their numbers.

A packet that gave no frame may have held one that is lost, or nothing to see: the second field of a picture, an empty
placeholder, a frame that is never shown. The times of the frames that did come tell them apart: a lost frame leaves a
hole, the others do not::

    packets         0   1   2   x   4   5   6   y   7        x, y gave no frame
    frames at ms    0  20  40      80 100 120     140        a hole at x, none at y
    numbers         0   1   2       4   5   6       7        x is frame 3; y is none

An AVI has no time stamps but a place for every frame, and a camera program that lost one leaves its place empty. There,
numbers count places.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from motilens.video.decode import PacketLog

Stamps: TypeAlias = list[int | None]


LATE_SHARE = 0.05
"""Share of frames up to which a frame that comes after a later one is a fault of decoding; more are wrong stamps."""

LATE_INTERVALS = 32
"""A frame comes late by at most this many intervals; a stamp that is further back is of another clock."""


@dataclass(frozen=True)
class Numbers:
    """Numbers of frames.

    Attributes:
        number: (frame,) number of each decoded frame in the file, ascending.
        n_frames: number of frames in the file, with those that are lost.
    """

    number: np.ndarray
    n_frames: int


def stamps_of(log: PacketLog, sources: np.ndarray, *, places: bool) -> tuple[Stamps, bool]:
    """Choose the time stamps of the packets: those of display, or else those of decoding.

    Args:
        log: all packets.
        sources: (frame,) packet of each decoded frame.
        places: whether stamps count places. FFmpeg guesses those of display then, and those of decoding are right.

    Returns:
        The stamp of each packet; and whether the decoded frames have stamps at all.
    """
    for stamps in (log.dts, log.pts) if places else (log.pts, log.dts):
        if 2 * sum(stamps[source] is not None for source in sources.tolist()) > len(sources):
            return stamps, True
    return list(range(len(log.pts))), False


def find_late(stamps: Stamps, sources: np.ndarray) -> np.ndarray:
    """Find frames that a decoder returned after frames that are shown later, because others around them were lost.

    Args:
        stamps: stamp of each packet, of display.
        sources: (frame,) packet of each decoded frame, in the order in which the decoder returned them.

    Returns:
        (frame,) bool; all False where so many are out of order that the stamps themselves must be wrong.
    """
    none = np.zeros(len(sources), dtype=bool)
    found = [stamps[source] for source in sources.tolist()]
    if any(stamp is None for stamp in found) or len(found) < 2:
        return none
    times = np.array(found, dtype=np.int64)
    behind = np.maximum.accumulate(times) - times
    interval = max(1.0, float(np.median(np.diff(np.sort(times)))))
    late = (behind > 0) & (behind <= LATE_INTERVALS * interval)
    return late if late.mean() <= LATE_SHARE and (behind > 0).sum() == late.sum() else none


def number_frames(
    log: PacketLog, sources: np.ndarray, stamps: Stamps, *, places: bool, first_place: int = 0
) -> Numbers:
    """Number decoded frames.

    Args:
        log: all packets of the stream.
        sources: (frame,) packet of each decoded frame, in the order in which frames are shown.
        stamps: stamp of each packet, from ``stamps_of``.
        places: whether stamps count places for frames, as in an AVI, or packets, in a stream without any stamps.
        first_place: the place of the first frame, if the file says so.
    """
    gave = set(sources.tolist())
    silent = [k for k in range(len(stamps)) if k not in gave and k not in log.hidden]
    known = np.array(sorted(s for k in gave if (s := stamps[k]) is not None), dtype=np.int64)
    if len(known) < len(sources) or (len(known) > 1 and not np.diff(known).all()):
        return _in_order_of_decoding(sources, silent)
    silent_stamps = np.array(sorted(s for k in silent if (s := stamps[k]) is not None), dtype=np.int64)
    interval = float(np.median(np.diff(known))) if len(known) > 1 else 1.0
    if places:
        return _by_places(known, silent_stamps, interval, first_place)
    # How many packets without a frame lie before each frame, and how many frames the hole there has room for.
    place = np.searchsorted(known, silent_stamps)
    lost = np.bincount(place, minlength=len(known) + 1)
    room = np.zeros(len(known) + 1, dtype=np.int64)
    room[1:-1] = np.rint(np.diff(known) / interval).astype(np.int64) - 1
    if len(silent_stamps):
        room[0] = np.rint(max(0, known[0] - silent_stamps[0]) / interval)
        room[-1] = np.rint(max(0, silent_stamps[-1] - known[-1]) / interval)
    lost = np.minimum(lost, np.maximum(room, 0))
    number = np.arange(len(known)) + np.cumsum(lost)[:-1]
    return Numbers(number, int(len(known) + lost.sum()))


def _by_places(known: np.ndarray, silent: np.ndarray, interval: float, first_place: int) -> Numbers:
    """Number frames by their places; all arguments count places."""
    # Two packets for each picture are fields; places that only every third or later frame takes are ticks of a clock.
    fields = len(silent) > len(known) / 2
    ticks = interval > 2 and bool((np.diff(known) % interval == 0).all())
    unit = interval if fields or ticks else 1.0
    earliest = int(np.r_[known[:1], silent[:1]].min())
    # FFmpeg ignores a first place that is more than ten hours late.
    first = first_place if earliest >= first_place else min(0, earliest)
    number = np.floor((known - first) / unit).astype(np.int64)
    if (np.diff(number) == 0).any():  # two frames in one place of that unit, so it is not their unit
        unit = 1.0
        number = known - first
    behind = silent[silent > known[-1]]
    last = int(np.rint((behind.max() - known[-1]) / unit)) if len(behind) else 0
    return Numbers(number, int(number[-1]) + 1 + last)


def _in_order_of_decoding(sources: np.ndarray, silent: list[int]) -> Numbers:
    """Number frames whose stamps are missing or doubled: a packet without a frame is lost where it stands."""
    before = np.searchsorted(np.asarray(silent, dtype=np.int64), np.maximum.accumulate(sources))
    return Numbers(np.arange(len(sources)) + before, len(sources) + len(silent))
