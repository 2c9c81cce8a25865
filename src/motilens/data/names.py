"""What names say: which participant a video is of, who assessed it, and in which order participants stand.

VISEM names its videos ``<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi``, with remarks that may hold spaces; a Hugging Face
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
    """A video's name, taken apart.

    Attributes:
        participant: the number that it starts with, None when it starts with something else.
        remarks: what stands between date and assessor, such as ``lots of debris`` or ``drift``.
        assessor: the code that ends it, such as ``SSW``; None when there is none.
    """

    participant: str | None
    remarks: tuple[str, ...]
    assessor: str | None


def parse_video_name(video_id: str) -> VideoName:
    """Take apart a video's name without its ending."""
    leading = _LEADING.match(video_id)
    parts = [part.strip() for part in video_id.split("_")[1:]]
    assessor = parts.pop() if parts and _ASSESSOR.fullmatch(parts[-1]) else None
    remarks = tuple(part for part in parts if part and not _DATE.fullmatch(part))
    return VideoName(leading[1] if leading else None, remarks, assessor)


def participant_id(text: str) -> str:
    """A participant's ID in one form: ``07``, ``7`` and a spreadsheet's ``7.0`` are ``7``; words stay as they are."""
    text = text.strip()
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def naturally(names: Iterable[str]) -> tuple[str, ...]:
    """Names in natural order: ``2`` before ``10``."""
    return tuple(sorted(names, key=natural_order))


def listed(names: Iterable[str], *, most: int = 8) -> str:
    """Names for a message: the first few, and how many more."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
