"""Surveys a video from a part of its frames, where each frame can be decoded by itself.

In such a video (MJPEG, ProRes, uncompressed, ...) packets tell how many frames there are, when they are shown, and
which of them hold the same bytes as the one before. The rest is seen in single frames, two a second, and in *runs* of
successive frames, where stage moves and repeated frames are found as in a full survey::

    frames    . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . .
    samples   o           o           o           o           o           o       a and b do not resemble each other
                                      a           b
    runs      = = =       = = = = = = = = = = = = = = = = = = =           = =

There is a run around each pair of samples that do not resemble each other, and around each packet whose size differs
much from that of the one before; and a few elsewhere, which show how much frames change.

A sparse survey is made only where it can be expected to say the same as a full one. If a frame that is looked at cannot
be decoded, has another size, is interlaced, or repeats another that has other bytes, there is none; nor if samples
resemble each other so little that many runs would be needed. What such a survey cannot see is damage, a repeated frame
or a stage move and back again between two samples. So the frames of stacks are examined once more when they are read;
see ``checked``.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from motilens.config import ReadingConfig
from motilens.video.decode import PacketLog
from motilens.video.frame import Conversion, Frame, bits_used, lacks_palette
from motilens.video.moves import MoveDetector, correlations
from motilens.video.observe import Observations, stream_of
from motilens.video.repeats import CHANGE_PERCENTILE, PATTERN_REPEAT_SHARE, STILL_GREY
from motilens.video.survey import DARK_GREY, Survey, survey_of

SAMPLE_S = 0.5
"""Time between two samples. In half a second, the cells of a field do not swim so far that it becomes another one."""

SURE_CORRELATION = 0.4
"""Pairs of samples with a lower correlation are always examined. Measured: 0.72 to 0.95 within a simulated or real
field, -0.1 to 0.1 across a stage move."""

CORRELATION_DROP = 0.1
CORRELATION_SDS = 3.0
"""A pair is examined, too, if its correlation is below the median by this, and by so many standard deviations."""

SIZE_JUMP = 1.3
"""Ratio of the sizes of successive packets from which on they are examined."""

RUN_FRAMES = 32
"""Length of the runs that are always examined: more than the longest pattern of repeats."""

N_RUNS = 3

MOST_SHARE = 0.5
"""Share of frames to look at from which on a full survey is made."""


def sparse_survey(path: Path, reading: ReadingConfig) -> Survey | None:
    """Survey a video from a part of its frames.

    Args:
        path: the file.
        reading: how it is read.

    Returns:
        The survey; None for a video that needs a full one.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: it is not a video, or there is no decoder for it.
    """
    log = PacketLog()
    with stream_of(path, reading, strict=True, log=log, only=()) as stream:
        if not stream.intra or reading.deinterlace:
            return None
        for _ in stream.frames:  # decodes nothing, and fills the log
            pass
    n, every = log.n_packets, max(1, round(SAMPLE_S * stream.clock.nominal_hz))
    samples = [*range(0, n - 1, every), n - 1]
    if log.n_key < n or log.hidden or log.damaged:
        return None
    if len(samples) + N_RUNS * RUN_FRAMES > MOST_SHARE * n:
        return None
    seen = Observations(stream, log)
    thumbnails = [frame.thumbnail() for frame in _looked_at(seen, path, reading, samples)]
    if len(thumbnails) < len(samples):
        return None
    seen.brightest = max(int(thumbnail.max()) for thumbnail in thumbnails)
    examined = _runs(samples, correlations(thumbnails), np.array(log.n_bytes), every)
    if seen.brightest <= DARK_GREY or len(samples) + len(examined) > MOST_SHARE * n:
        return None
    change, moved = np.full(n, np.nan), np.zeros(n, dtype=bool)
    n_seen = 0
    runs = ((frame.index, frame) for frame in _looked_at(seen, path, reading, examined))
    for at, _, change_grey, has_moved in changes(runs):
        n_seen += 1
        change[at], moved[at] = change_grey, has_moved
    same = np.isin(np.arange(n), list(log.same))
    usual = change[~np.isnan(change) & ~moved & ~same]
    motion = float(np.percentile(usual, CHANGE_PERCENTILE)) if len(usual) else 0.0
    if n_seen < len(examined) or not motion or (motion >= STILL_GREY and usual.min() < PATTERN_REPEAT_SHARE * motion):
        return None
    seen.packet = list(range(n))
    seen.change = np.where(same, 0.0, np.where(np.isnan(change), motion, change)).tolist()
    seen.moved = moved.tolist()
    return survey_of(seen, path, reading, strict=True, kind="sparse")


def changes(
    frames: Iterable[tuple[int, Frame]], breaks: Collection[int] = ()
) -> Iterator[tuple[int, Frame, float, bool]]:
    """Compare each frame with the one before.

    Args:
        frames: runs of successive frames, with their positions.
        breaks: positions that begin a new run, as those do that do not follow the one before.

    Yields:
        The position; the frame; its mean absolute change in grey levels of 255, NaN for the first frame of a run; and
        whether the stage moved, by a detector that sees this run only.
    """
    detector, before, last = MoveDetector(), None, -2
    for at, frame in frames:
        if at != last + 1 or at in breaks:
            detector, before = MoveDetector(), None
        pixels, step_grey = frame.stored()
        change = np.nan if before is None else step_grey * cv2.norm(before, pixels, cv2.NORM_L1) / pixels.size
        yield at, frame, change, detector.feed(frame.thumbnail())
        before, last = pixels, at


def _looked_at(seen: Observations, path: Path, reading: ReadingConfig, packets: list[int]) -> Iterator[Frame]:
    """Decode the frames of some packets, which are their numbers; end at one of another kind than the first."""
    wanted = set(packets)
    with stream_of(path, reading, strict=True, only={0, *wanted}) as stream:
        for packet, picture in stream.frames:
            if seen.first is None:
                seen.first = Frame(0, 0.0, picture, Conversion(round(picture.rotation) % 360, bits_used(picture)))
                seen.lacks_palette = lacks_palette(picture)
            first = seen.first.picture
            if (picture.width, picture.height) != (first.width, first.height) or picture.interlaced_frame:
                return
            if packet in wanted:
                yield Frame(packet, 0.0, picture, seen.first.conversion)


def _runs(samples: list[int], resemblance: np.ndarray, n_bytes: np.ndarray, every: int) -> list[int]:
    """Choose the frames of the runs."""
    n = len(n_bytes)
    wanted = np.zeros(n, dtype=bool)
    middle = float(np.median(resemblance))
    sd = 1.4826 * float(np.median(np.abs(resemblance - middle)))
    least = max(SURE_CORRELATION, middle - max(CORRELATION_DROP, CORRELATION_SDS * sd))
    # The ends of a slide, which are slow, may lie in the intervals before and after.
    for k in np.flatnonzero(resemblance < least):
        wanted[max(0, samples[k] - every) : samples[k + 1] + every + 1] = True
    larger, smaller = np.maximum(n_bytes[1:], n_bytes[:-1]), np.minimum(n_bytes[1:], n_bytes[:-1])
    for k in np.flatnonzero(larger > SIZE_JUMP * smaller) + 1:
        wanted[max(0, k - every) : k + every + 1] = True
    for start in np.linspace(0, n - RUN_FRAMES, N_RUNS).round().astype(int):
        wanted[start : start + RUN_FRAMES] = True
    return np.flatnonzero(wanted).tolist()
