"""Decodes a video once, from end to end, and finds out all that is needed to choose frames of it.

Neither the header nor the packets of a file tell what decodes, in which order, and when the stage moved. So a video is
decoded twice: for the survey, which keeps a few numbers of each frame, and then to read the chosen frames. Both use one
thread and decode the same frames, so a frame has the same position in both. Where each frame can be decoded by itself,
only the chosen ones are decoded the second time, and ``sparse`` surveys such a video from a part of its frames.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motilens.config import ReadingConfig
from motilens.errors import InputError, UndecodableError
from motilens.progress import Progress, Silent
from motilens.video.info import SurveyKind, VideoInfo
from motilens.video.moves import interval_text, intervals
from motilens.video.observe import Observations, observe
from motilens.video.sequence import Sequence, sequence_of

DARK_GREY = 3
"""A video whose thumbnails are nowhere brighter than this, of 255, is black."""

_NAMED_LOSSES = 5
"""Number of intervals of lost frames that a problem names."""


@dataclass(frozen=True)
class Survey:
    """A video that has been decoded once. Arrays count *usable* frames: decoded, and repeating no other frame.

    Attributes:
        path: the file.
        reading: how it is read.
        strict: whether frames with any error in their data were skipped; see ``decode.decoded``.
        info: facts of the file.
        alone: whether each frame can be decoded by itself.
        packet: (frame,) packet of each usable frame, ascending if frames can be decoded by themselves.
        number: (frame,) number of each usable frame in the file, ascending.
        time_s: (frame,) time at which it is shown, ascending, from 0 for the file's first frame.
        moved: (frame,) whether it shows another place than the frame before.
        gap: (frame,) whether something is missing before it that its time may not show.
        skipped: positions, among all decoded frames, of those that are not usable.
        repeated: numbers of the frames that repeat the one before.
        lost: frames [first, stop) that are in the file but could not be decoded.
        problems: what is wrong with the video, one line for each problem.
    """

    path: Path
    reading: ReadingConfig
    strict: bool
    info: VideoInfo
    alone: bool
    packet: np.ndarray = field(repr=False)
    number: np.ndarray = field(repr=False)
    time_s: np.ndarray = field(repr=False)
    moved: np.ndarray = field(repr=False)
    gap: np.ndarray = field(repr=False)
    skipped: frozenset[int] = field(repr=False)
    repeated: tuple[int, ...] = field(repr=False)
    lost: tuple[tuple[int, int], ...]
    problems: tuple[str, ...]

    def __post_init__(self) -> None:
        shapes = {values.shape for values in (self.packet, self.number, self.time_s, self.moved, self.gap)}
        if len(shapes) > 1 or self.number.ndim != 1:
            raise InputError(f"a survey of {self.path.name} has arrays of shapes {sorted(shapes)}; allowed: (frame,)")

    @property
    def sparse(self) -> bool:
        """Whether only a part of the frames was decoded; see ``sparse_survey``."""
        return self.info.survey == "sparse"

    @property
    def stage_moves(self) -> tuple[tuple[int, int], ...]:
        """Frames [first, stop) that show another place than the frame before."""
        return intervals(self.number[self.moved].tolist())

    @property
    def n_lost(self) -> int:
        """Number of frames that are in the file but could not be decoded."""
        return sum(stop - first for first, stop in self.lost)


def survey(path: Path, reading: ReadingConfig | None = None, *, progress: Progress | None = None) -> Survey:
    """Decode a video once and find out what it holds.

    Args:
        path: the file.
        reading: how it is read; None for the defaults.
        progress: reports every frame.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
    """
    reading = reading or ReadingConfig()
    strict = True
    seen = observe(path, reading, strict=True, progress=progress or Silent())
    if not seen.packet:  # a camera whose every frame has some error, such as missing bytes at its end
        strict = False
        seen = observe(path, reading, strict=False, progress=progress or Silent())
    if seen.first is None:
        raise UndecodableError(f"no frame of {path.name} can be decoded; copy it again from where it came")
    return survey_of(seen, path, reading, strict=strict)


def survey_of(
    seen: Observations, path: Path, reading: ReadingConfig, *, strict: bool, kind: SurveyKind = "full"
) -> Survey:
    """Make a survey of what was observed.

    Args:
        seen: the observations, of at least one frame.
        path: the file.
        reading: how it is read.
        strict: whether frames with any error in their data were skipped.
        kind: whether all frames were observed.
    """
    sequence = sequence_of(
        seen.log,
        np.array(seen.packet),
        np.array(seen.change),
        np.array(seen.moved),
        seen.stream.clock,
        fps_hz=reading.fps_hz,
        fields=reading.deinterlace,
    )
    info = _info(seen, sequence, reading, kind)
    usable = sequence.usable
    lost = _holes(np.r_[sequence.number, sequence.repeated], sequence.n_frames)
    # After a loss the picture has changed because time has passed, and no stage move can be told from that.
    moved = np.array(seen.moved)[usable]
    after_loss = np.isin(sequence.number, [stop for _, stop in lost])
    return Survey(
        path=path,
        reading=reading,
        strict=strict,
        info=info,
        alone=_alone(seen, reading),
        packet=np.array(seen.packet)[usable],
        number=sequence.number,
        time_s=sequence.time_s,
        moved=moved & ~after_loss,
        gap=sequence.gap | (moved & after_loss),
        skipped=frozenset(np.flatnonzero(~usable).tolist()),
        repeated=tuple(sequence.repeated.tolist()),
        lost=lost,
        problems=(
            *_problems(seen, info, lost, strict=strict, deinterlaced=reading.deinterlace),
            *sequence.problems,
        ),
    )


def _alone(seen: Observations, reading: ReadingConfig) -> bool:
    """Tell whether each frame can be decoded by itself."""
    log, in_order = seen.log, bool((np.diff(seen.packet) > 0).all())
    return seen.stream.intra and log.n_key == log.n_packets and in_order and not reading.deinterlace


def _holes(numbers: np.ndarray, n_frames: int) -> tuple[tuple[int, int], ...]:
    """Find the half-open intervals of frames that are not among the numbers; a damaged header may promise billions."""
    edges = np.r_[-1, np.sort(numbers), n_frames]
    holes = np.flatnonzero(np.diff(edges) > 1)
    return tuple(zip((edges[holes] + 1).tolist(), edges[holes + 1].tolist(), strict=True))


def _info(seen: Observations, sequence: Sequence, reading: ReadingConfig, kind: SurveyKind) -> VideoInfo:
    assert seen.first is not None, "at least one frame was decoded"
    picture, conversion = seen.first.picture, seen.first.conversion
    turned = conversion.rotation_deg % 180 == 90
    bit_depth = max(component.bits for component in picture.format.components)
    return VideoInfo(
        codec=seen.stream.codec,
        pixel_format=picture.format.name,
        bit_depth=bit_depth,
        bits_used=min(bit_depth, conversion.bits_used or bit_depth),
        height_px=picture.width if turned else picture.height,
        width_px=picture.height if turned else picture.width,
        rotation_deg=conversion.rotation_deg,
        stream=seen.stream.number,
        interlaced=2 * seen.log.n_interlaced > len(set(seen.packet)) and not reading.deinterlace,
        fps_hz=round(sequence.fps_hz, 4),
        header_fps_hz=round(seen.stream.clock.nominal_hz, 4),
        rate_from=sequence.rate_from,
        variable_rate=sequence.variable_rate,
        n_frames=sequence.n_frames,
        duration_s=round(float(sequence.time_s[-1]) + 1 / sequence.fps_hz, 4),
        survey=kind,
    )


def _problems(
    seen: Observations, info: VideoInfo, lost: tuple[tuple[int, int], ...], *, strict: bool, deinterlaced: bool
) -> tuple[str, ...]:
    """Describe what is wrong with a video, one line for each problem."""
    problems = []
    held = max(seen.log.n_packets, info.n_frames // (2 if deinterlaced else 1))
    if seen.stream.promised > held:
        problems.append(f"the header says {seen.stream.promised} frames, the file holds {held}")
    others = [number for number, n in seen.log.others.items() if n > 1]
    if others:
        which = ", ".join(str(number) for number in sorted(others))
        problems.append(f"the file has more than one video; stream {info.stream} is read, allowed: --stream {which}")
    if lost:
        n_lost = sum(stop - first for first, stop in lost)
        where = ", ".join(map(interval_text, lost[:_NAMED_LOSSES]))
        more = ", ..." if len(lost) > _NAMED_LOSSES else ""
        problems.append(
            f"{n_lost} of {info.n_frames} frames are missing or could not be decoded (frames {where}{more})"
        )
    if not strict:
        problems.append("every frame has an error in its data; they are used as they decode")
    if seen.n_other_size:
        problems.append(f"{seen.n_other_size} frames have another size than the first one and were skipped")
    if info.interlaced:
        problems.append(
            "interlaced: each frame holds two moments, one in every second line; use --deinterlace to separate them"
        )
    if deinterlaced and not seen.log.n_interlaced:
        problems.append("--deinterlace without interlaced frames: half of each frame is invented; leave the option out")
    if info.rate_from == "assumed":
        problems.append(
            f"the file has no frame rate; {info.fps_hz:g} frames a second are assumed, give the true rate with --fps"
        )
    if info.variable_rate:
        problems.append(f"variable frame rate (typically {info.fps_hz:.2f} frames a second)")
    if info.rotation_deg % 90:
        problems.append(
            f"the file specifies a rotation by {info.rotation_deg} degrees; it is not applied, only multiples of 90 are"
        )
    if info.bits_used < info.bit_depth:
        problems.append(
            f"{info.bit_depth} bits a pixel, of which the lowest {info.bits_used} are used; these are scaled to 0-255"
        )
    if seen.lacks_palette:
        problems.append("the file has no palette, so other programs show black; its values are read as grey")
    if seen.brightest <= DARK_GREY:
        problems.append("the picture is black throughout")
    return tuple(problems)
