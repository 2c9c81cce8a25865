"""Reads annotated tracks of heads in real videos, in VISEM-Tracking's formats.

They are read from a table (``video_id,frame,track,class,cx_px,cy_px,w_px,h_px``, CSV or CSV.gz, pixels of 640 x 480) or
from a folder as published (Zenodo 7293726): ``<id>/labels_ftid/<id>_frame_<n>_with_ftid.txt`` with lines
``track class cx cy w h``, in shares of the frame. Tracks have numbers or, as published, the annotation tool's strings.
"""

import csv
import gzip
import io
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motilens.data.names import naturally, participant_id
from motilens.data.tables import MISSING_WORDS
from motilens.errors import InputError, MissingError

COLUMNS = ("video_id", "frame", "track", "class", "cx_px", "cy_px", "w_px", "h_px")
FRAME_PX = (640, 480)
"""Width and height of the annotated videos."""

_Box = tuple[int, str, int, tuple[float, float]]
"""Participant, track, frame, position in pixels."""

_SPERM = ("0", "2")  # class 1 is a cluster, not a single cell
_FRAME_FILE = re.compile(r"(?P<video>.+)_frame_(?P<frame>\d+)_with_ftid\.txt")


@dataclass(frozen=True)
class RealTrack:
    """One head, from the first to the last frame in which it is annotated; missing frames between are interpolated.

    Attributes:
        first_frame: number of its first frame in the video.
        places_px: (frame, 2), positions x and y in pixels of 640 x 480.
    """

    first_frame: int
    places_px: Float[np.ndarray, "frame 2"]

    @property
    def end_frame(self) -> int:
        """One past the last frame."""
        return self.first_frame + len(self.places_px)


@dataclass(frozen=True)
class RealVideo:
    """All tracks of one annotated video.

    Attributes:
        participant: the participant's ID.
        n_frames: number of frames up to the last annotated one.
        tracks: the tracks, in natural order of their numbers or names.
    """

    participant: int
    n_frames: int
    tracks: tuple[RealTrack, ...]


def read_real_tracks(path: Path) -> dict[int, RealVideo]:
    """Read all videos of a table or folder of tracks, by participant.

    Raises:
        MissingError: there is no such file or folder, or the folder has no annotated frames.
        InputError: a row is invalid, or the file has no track of a cell.
    """
    if path.is_dir():
        boxes = _folder(path)
    elif path.is_file():
        boxes = _table(path)
    else:
        raise MissingError(
            f"no tracks at {path}; allowed: a table (CSV, CSV.gz) or a folder in VISEM-Tracking's format"
        )
    found: dict[int, dict[str, dict[int, tuple[float, float]]]] = defaultdict(lambda: defaultdict(dict))
    for video, track, frame, place in boxes:
        if frame in found[video][track]:
            raise InputError(
                f"{path.name}: video {video} has two boxes of track {track} in frame {frame}; allowed: one; remove one"
            )
        found[video][track][frame] = place
    if not found:
        raise InputError(f"{path.name} has no box of a cell (class 0 or 2); allowed: at least one track")
    return {video: _video(video, tracks) for video, tracks in sorted(found.items())}


def frame_files(path: Path) -> list[Path]:
    """List the annotated frames of a folder, one file each; hidden files are skipped."""
    return sorted(file for file in path.rglob("*_with_ftid.txt") if not file.name.startswith("."))


def _video(video: int, tracks: dict[str, dict[int, tuple[float, float]]]) -> RealVideo:
    filled = tuple(_filled(tracks[name]) for name in naturally(tracks))
    return RealVideo(video, max(track.end_frame for track in filled), filled)


def _filled(frames: dict[int, tuple[float, float]]) -> RealTrack:
    known = np.array(sorted(frames))
    places = np.array([frames[k] for k in known.tolist()])
    every = np.arange(known[0], known[-1] + 1)
    return RealTrack(int(known[0]), np.stack([np.interp(every, known, places[:, axis]) for axis in (0, 1)], axis=1))


def _table(path: Path) -> Iterator[_Box]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name} cannot be read as a table ({error}); allowed: CSV in UTF-8, or CSV.gz"
        ) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS[:6] if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path.name} has no column {', '.join(missing)}; allowed: {','.join(COLUMNS)}")
    for row in reader:
        try:
            values = [row[name] for name in COLUMNS[:6]]
            if None in values:
                raise ValueError(f"{len(values) - values.count(None)} of {len(values)} fields")
            box = _box(row["video_id"], row["track"], row["frame"], row["cx_px"], row["cy_px"], (1, 1))
        except ValueError as error:
            raise InputError(
                f"{path.name}, line {reader.line_num}: {error}; allowed: whole numbers from 0 for video_id and frame, "
                "a number from 0 or a name for track, finite numbers for cx_px and cy_px"
            ) from error
        if row["class"] in _SPERM:
            yield box


def _folder(path: Path) -> Iterator[_Box]:
    files = frame_files(path)
    if not files:
        raise MissingError(
            f"no annotated frame in {path}; allowed: files named <id>_frame_<n>_with_ftid.txt, as in VISEM-Tracking"
        )
    for file in files:
        name = _FRAME_FILE.fullmatch(file.name)
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{file.name} is not a text file ({error}); allowed: lines of track class cx cy w h"
            ) from error
        for number, line in enumerate(lines, start=1):
            fields = line.split()
            try:
                if name is None or len(fields) < 4:
                    raise ValueError(f"{line!r}")
                box = _box(name["video"], fields[0], name["frame"], fields[2], fields[3], FRAME_PX)
            except ValueError as error:
                raise InputError(
                    f"{file.name}, line {number}: not a box ({error}); allowed: track class cx cy w h, "
                    "shares of the frame"
                ) from error
            if fields[1] in _SPERM:
                yield box


def _box(video: str, track: str, frame: str, x: str, y: str, scale: tuple[int, int]) -> _Box:
    """Parse participant, track, frame and position. Raises ValueError with the text that is not valid."""
    numbers = (int(video), int(frame))
    place = (float(x) * scale[0], float(y) * scale[1])
    name = participant_id(track)
    unnamed = name.casefold() in MISSING_WORDS or name.startswith("-")  # trackers write -1 for a box without a track
    if min(numbers) < 0 or unnamed or not all(map(math.isfinite, place)):
        raise ValueError(" ".join((video, track, frame, x, y)))
    return numbers[0], name, numbers[1], place
