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


@dataclass(frozen=True)
class Numbers:
    """Numbers of frames.

    Attributes:
        number: (frame,) number of each decoded frame in the file, ascending.
        n_frames: number of frames in the file, with those that are lost.
    """

    number: np.ndarray
    n_frames: int


def stamps_of(log: PacketLog, sources: np.ndarray) -> tuple[Stamps, bool]:
    """Choose the time stamps of the packets: those of display, or else those of decoding.

    Args:
        log: all packets.
        sources: (frame,) packet of each decoded frame.

    Returns:
        The stamp of each packet; and whether the decoded frames have stamps at all.
    """
    for stamps in (log.pts, log.dts):
        if 2 * sum(stamps[source] is not None for source in sources.tolist()) > len(sources):
            return stamps, True
    return list(range(len(log.pts))), False


def number_frames(log: PacketLog, sources: np.ndarray, *, places: bool) -> Numbers:
    """Number decoded frames.

    Args:
        log: all packets of the stream.
        sources: (frame,) packet of each decoded frame, in the order in which frames are shown.
        places: whether stamps count places for frames, as in an AVI, or in a stream without any stamps.
    """
    stamps, stamped = stamps_of(log, sources)
    gave = set(sources.tolist())
    silent = [k for k in range(len(stamps)) if k not in gave and k not in log.hidden]
    known = np.array(sorted(s for k in gave if (s := stamps[k]) is not None), dtype=np.int64)
    if len(known) < len(sources) or (len(known) > 1 and not np.diff(known).all()):
        return _in_order_of_decoding(sources, silent)
    silent_stamps = np.array(sorted(s for k in silent if (s := stamps[k]) is not None), dtype=np.int64)
    interval = float(np.median(np.diff(known))) if len(known) > 1 else 1.0
    if places or not stamped:
        begin = known[0] - min([known[0], *(s for s in stamps if s is not None)])
        if stamped and log.dts[0] is not None:
            begin += max(0, log.dts[0])
        # Two packets for each picture, and no place empty: fields.
        unit = interval if len(silent_stamps) > len(known) / 2 else 1.0
        number = np.rint((known - known[0] + begin) / unit).astype(np.int64)
        behind = silent_stamps[silent_stamps > known[-1]]
        last = int(np.rint((behind.max() - known[-1]) / unit)) if len(behind) else 0
        return Numbers(number, int(number[-1]) + 1 + last)
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


def _in_order_of_decoding(sources: np.ndarray, silent: list[int]) -> Numbers:
    """Number frames whose stamps are missing or doubled: a packet without a frame is lost where it stands."""
    before = np.searchsorted(np.asarray(silent, dtype=np.int64), np.maximum.accumulate(sources))
    return Numbers(np.arange(len(sources)) + before, len(sources) + len(silent))
