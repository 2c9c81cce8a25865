"""Puts decoded frames in sequence: their numbers, their times, and which of them are different pictures."""

from dataclasses import dataclass

import numpy as np

from motilens.video.decode import PacketLog
from motilens.video.info import RateSource
from motilens.video.numbering import find_late, number_frames, stamps_of
from motilens.video.repeats import Repeats, find_repeats
from motilens.video.time_stamps import repaired, without_leaps

IRREGULAR_SHARE = 0.1
"""An interval that differs from the median by more than this share is irregular."""

VARIABLE_SHARE = 0.05
"""Share of irregular intervals above which a video has a variable frame rate; fewer are gaps in a constant one."""


@dataclass(frozen=True)
class Clock:
    """How a file tells the time.

    Attributes:
        time_base_s: unit of its time stamps.
        nominal_hz: frame rate by its header.
        assumed: whether the file has no rate, so that ``nominal_hz`` is only a usual one.
        places: whether stamps count places for frames instead of time.
        first_place: the place of the first frame.
    """

    time_base_s: float
    nominal_hz: float
    assumed: bool
    places: bool
    first_place: int = 0


@dataclass(frozen=True)
class Sequence:
    """Decoded frames in sequence.

    Attributes:
        usable: (decoded frame,) whether it is in its place, and another picture than the frame before.
        number: (usable frame,) number in the file.
        repeated: numbers of the frames that repeat another.
        time_s: (usable frame,) time from the first frame of the file.
        gap: (usable frame,) whether something is missing before it that its time may not show.
        n_frames: number of frames in the file, with lost and repeated ones.
        fps_hz: rate of the usable frames.
        rate_from: where the rate comes from.
        variable_rate: whether intervals vary by more than the time stamps' resolution.
        problems: one line for each.
    """

    usable: np.ndarray
    number: np.ndarray
    repeated: np.ndarray
    time_s: np.ndarray
    gap: np.ndarray
    n_frames: int
    fps_hz: float
    rate_from: RateSource
    variable_rate: bool
    problems: tuple[str, ...]


def sequence_of(
    log: PacketLog,
    packets: np.ndarray,
    change: np.ndarray,
    moved: np.ndarray,
    clock: Clock,
    *,
    fps_hz: float | None,
    fields: bool,
) -> Sequence:
    """Put decoded frames in sequence.

    Args:
        log: all packets of the stream.
        packets: (decoded frame,) packet of each; twice the same for the two fields of a frame.
        change: (decoded frame,) mean change from the frame before, in grey levels of 255.
        moved: (decoded frame,) whether the stage moved since the frame before.
        clock: how the file tells the time.
        fps_hz: true rate of different pictures, if the user knows it.
        fields: whether each frame was made into two.
    """
    starts = np.flatnonzero(np.r_[True, packets[1:] != packets[:-1]])
    stamps, stamped = stamps_of(log, packets[starts], places=clock.places)
    places = clock.places or not stamped
    tick_s = clock.time_base_s if stamped else 1 / clock.nominal_hz
    if not places:
        stamps = without_leaps(stamps, tick_s)
    late = np.zeros(len(starts), dtype=bool) if places else find_late(stamps, packets[starts])
    kept = np.repeat(~late, np.diff(np.r_[starts, len(packets)]))
    packets, change, moved, sources = packets[kept], change[kept], moved[kept], packets[starts][~late]
    starts = np.flatnonzero(np.r_[True, packets[1:] != packets[:-1]])
    frame_of = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(packets)]))
    numbers = number_frames(log, sources, stamps, places=places, first_place=clock.first_place if stamped else 0)
    timeline = repaired(_seconds(stamps, sources, tick_s), interval_s=1 / clock.nominal_hz)
    number, n_frames, time_s = numbers.number, numbers.n_frames, timeline.times_s
    restarts = np.isin(np.arange(len(sources)), timeline.restarts)
    if fields:
        field = np.arange(len(packets)) - starts[frame_of]
        intervals_s = np.diff(time_s)
        typical_s = float(np.median(intervals_s)) if len(intervals_s) else 1 / clock.nominal_hz
        number, n_frames = 2 * number[frame_of] + field, 2 * n_frames
        time_s = time_s[frame_of] + field * np.minimum(np.r_[intervals_s, typical_s], typical_s)[frame_of] / 2
        restarts = restarts[frame_of] & (field == 0)
    repeats = find_repeats(change, moved)
    usable = ~repeats.repeated
    gap = _before_usable(restarts | (repeats.repeated if repeats.kind == "irregular" else False), usable)
    problems = [*timeline.problems]
    if not stamped:
        problems.append(f"no usable time stamps; the header's {clock.nominal_hz:.2f} frames a second are used")
    source: RateSource = "assumed" if clock.assumed else "header" if places else "time stamps"
    # A repeat without a pattern takes the place of a picture that did not come.
    came = number[usable] if repeats.kind == "irregular" else number
    missing = np.setdiff1d(np.arange(n_frames), came)
    place = np.searchsorted(np.sort(np.r_[number[usable], missing]), number[usable])
    if fps_hz is not None:
        found_hz, variable, source = fps_hz, False, "user"
        time_s = place / fps_hz
    else:
        time_s = _times_of_usable(time_s, repeats)
        intervals_s, whole = np.diff(time_s), np.diff(place) == 1
        intervals_s = intervals_s[whole] if 2 * whole.sum() > len(whole) else intervals_s
        found_hz, variable = _rate(intervals_s, 0.0 if places else tick_s, clock.nominal_hz)
    in_place = np.flatnonzero(kept)
    return Sequence(
        usable=np.isin(np.arange(len(kept)), in_place[usable]),
        number=number[usable],
        repeated=number[~usable],
        time_s=time_s,
        gap=gap,
        n_frames=n_frames,
        fps_hz=found_hz,
        rate_from=source,
        variable_rate=variable,
        problems=(*problems, *_told(repeats, found_hz)),
    )


def _seconds(stamps: list[int | None], sources: np.ndarray, tick_s: float) -> np.ndarray:
    """Convert the stamps of frames to seconds from the first one; NaN where there is none."""
    found = [stamps[source] for source in sources.tolist()]
    base = next((stamp for stamp in found if stamp is not None), 0)
    return np.array([np.nan if stamp is None else (stamp - base) * tick_s for stamp in found])


def _before_usable(marks: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Move the mark of a frame that is not usable to the next one that is."""
    count = np.cumsum(marks)[usable]
    return np.diff(count, prepend=0) > 0


def _times_of_usable(times_s: np.ndarray, repeats: Repeats) -> np.ndarray:
    """Get the times of the frames that repeat no other.

    Where repeats have a pattern, pictures were taken evenly and shown at the next tick of a faster clock. The mean
    place of the pictures of one cycle advances evenly::

        25 filed as 30      0  1  2  3  4     6  7  8  9 10       places of the pictures; 5 repeats 4
        even places         0 1.2 2.4 3.6 4.8 6 7.2 8.4 9.6 10.8
    """
    at = np.flatnonzero(~repeats.repeated)
    if repeats.kind != "regular":
        return times_s[at]
    cycle, pictures = repeats.cycle, repeats.pictures_per_cycle
    around = np.r_[at[:pictures] - cycle, at, at[-pictures:] + cycle]
    means = np.convolve(around, np.full(pictures, 1 / pictures), "valid")
    even = means[(pictures + 1) // 2 :][: len(at)]
    even += at[0] - even[0]
    beyond = times_s[-1] + (even - len(times_s) + 1) * float(np.median(np.diff(times_s)))
    return np.where(even > len(times_s) - 1, beyond, np.interp(even, np.arange(len(times_s)), times_s))


def _rate(intervals_s: np.ndarray, resolution_s: float, nominal_hz: float) -> tuple[float, bool]:
    """Estimate the typical frame rate, and whether it varies by more than the resolution of the time stamps."""
    if not len(intervals_s):
        return nominal_hz, False
    median_s = float(np.median(intervals_s))
    regular = np.abs(intervals_s - median_s) <= max(IRREGULAR_SHARE * median_s, 1.01 * resolution_s)
    # The mean of the regular intervals: at 60 Hz, intervals of 16 and 17 ms would have a median of 17 ms, or 58.8 Hz.
    typical_s = intervals_s[regular] if regular.mean() > 0.5 else intervals_s
    return 1 / float(typical_s.mean()), bool(1 - regular.mean() > VARIABLE_SHARE)


def _told(repeats: Repeats, fps_hz: float) -> tuple[str, ...]:
    """Describe repeated frames for a user."""
    n, n_frames = int(repeats.repeated.sum()), len(repeats.repeated)
    share = f"{n} of {n_frames} frames {'repeats' if n == 1 else 'repeat'} the one before"
    return {
        "none": (),
        "still": ("the picture never changes",),
        "regular": (f"{share}, in a regular pattern; they are dropped, which leaves {fps_hz:.2f} frames a second",),
        "irregular": (f"{share}, without a pattern; they are dropped, and no stack spans them",),
    }[repeats.kind]
