"""Names of videos and participants: parsing, and natural order.

VISEM names its videos ``<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi``, where remarks may contain spaces; a Hugging Face
copy has ``<ID>.avi`` and VISEM-Tracking ``<ID>/<ID>.mp4``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from motilens.video.source import natural_order

_WHOLE = re.compile(r"0*(\d+)(?:[.,]0+)?")
_LEADING = re.compile(r"0*(\d+)(?=$|[_\s-])")
_ASSESSOR = re.compile(r"[A-Z]{2,4}")
_DATE = re.compile(r"\d{2}\.\d{2}\.\d{2}")


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
    remarks = tuple(part for part in parts if part and not _DATE.fullmatch(part))
    return VideoName(leading[1] if leading else None, remarks, assessor)


def participant_id(text: str) -> str:
    """Normalise a participant's ID: ``07``, ``7`` and a spreadsheet's ``7.0`` become ``7``; words are kept."""
    text = text.strip()
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def naturally(names: Iterable[str]) -> tuple[str, ...]:
    """Sort names in natural order: ``2`` before ``10``."""
    return tuple(sorted(names, key=natural_order))


def listed(names: Iterable[str], *, most: int = 8) -> str:
    """Format names for a message: the first few, and the number of further ones."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
