"""Names of videos and participants: parsing, natural order, and how messages list them.

VISEM names its videos ``<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi``, where remarks may contain spaces; a Hugging Face
copy has ``<ID>.avi`` and VISEM-Tracking ``<ID>/<ID>.mp4``.
"""

import re
import shlex
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PureWindowsPath

from motilens.video.source import VIDEO_ENDINGS, natural_order

DATE = re.compile(r"\d{2}\.\d{2}\.\d{2}")
"""A date as VISEM writes it in names of videos."""

_WHOLE = re.compile(r"0*(\d+)(?:[.,]0{1,2})?")  # 1,000 is a thousand
_LEADING = re.compile(r"0*(\d+)(?=$|[_\s-])")
_ASSESSOR = re.compile(r"[A-Z]{2,4}")


@dataclass(frozen=True)
class VideoName:
    """The parts of a video's name.

    Attributes:
        participant: the number that the name starts with; None if it starts with something else.
        remarks: the parts between date and assessor, such as ``lots of debris`` or ``drift``.
        assessor: the code at the end, such as ``SSW``; None if there is none.
    """

    participant: str | None
    remarks: tuple[str, ...]
    assessor: str | None


def parse_video_name(video_id: str) -> VideoName:
    """Parse a video's name without its ending."""
    leading = _LEADING.match(video_id)
    parts = [part.strip() for part in video_id.split("_")[1:]]
    assessor = parts.pop() if parts and _ASSESSOR.fullmatch(parts[-1]) else None
    remarks = tuple(part for part in parts if part and not DATE.fullmatch(part))
    return VideoName(leading[1] if leading else None, remarks, assessor)


def named_video(text: str) -> str:
    """Reduce the name of a video in a table to its id: without folders, of any system, and ending; letters composed."""
    return video_path(text).rpartition("/")[2]


def video_path(text: str) -> str:
    """Write the name of a video in a table with its folders, forward slashes and no ending; letters composed."""
    path = PureWindowsPath(text.strip()).as_posix() if text.strip() else ""
    folders, _, name = composed(path).rpartition("/")
    stem, _, ending = name.rpartition(".")
    name = stem if stem and f".{ending.casefold()}" in VIDEO_ENDINGS else name
    return f"{folders}/{name}" if folders else name


def participant_id(text: str) -> str:
    """Normalise a participant's ID: ``07``, ``7`` and a spreadsheet's ``7.0`` become ``7``; words are kept.

    Letters are composed, and each run of spaces or line breaks becomes one space.
    """
    text = " ".join(composed(text).split())
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def composed(text: str) -> str:
    """Compose letters and their accents (NFC): some file systems keep them apart, most tables do not."""
    return unicodedata.normalize("NFC", text)


def naturally(names: Iterable[str]) -> tuple[str, ...]:
    """Sort names in natural order: ``2`` before ``10``; names that differ only by case or zeros have one order too."""
    return tuple(sorted(names, key=lambda name: (natural_order(name), name)))


def listed(names: Iterable[str], *, most: int = 8) -> str:
    """Format names for a message: the first few, and the number of further ones."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def exclusion(participants: Iterable[str]) -> str:
    """The options that leave participants out, as they can be typed into a shell."""
    return " ".join(f"--exclude {shlex.quote(participant)}" for participant in participants)
