"""Finds the participant whose ID a video's name begins with.

::

    P001_09.02.08_IVS      P001
    p1_09.02.08_IVS        P001, if no other ID of the table differs from it by case and zeros alone
    A-7_09.02.08_IVS       A-7
    A-70                   not A: there is an A-7, so this may be another participant, who has no row

An ID ends where the name ends, or at ``_``, ``-`` or a space; the longest ID counts. Labels of another participant are
worse than none, so a name that fits several IDs belongs to nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from motilens.data.names import DATE, composed, naturally, participant_id

_SEPARATOR = re.compile(r"[_\s-]")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Owners:
    """IDs of participants, to be found in names of videos.

    Attributes:
        ids: all IDs of a table.
    """

    ids: frozenset[str]

    def named(self, text: str) -> tuple[str, ...]:
        """IDs that are equal to a text; if there is none, those that differ from it by case and zeros alone."""
        participant = participant_id(text)
        return (participant,) if participant in self.ids else self._alike.get(_alike(participant), ())

    def of_video(self, video_id: str) -> tuple[str, ...]:
        """IDs that a video's name may begin with: none, its participant's, or several that it cannot decide between.

        A video whose name has no ID belongs to the participant whose ID the name of its folder begins with.
        """
        parts = composed(video_id).split("/")
        return next((found for part in reversed(parts) if (found := self._of_name(part))), ())

    def _of_name(self, name: str) -> tuple[str, ...]:
        ends = [*(found.start() for found in _SEPARATOR.finditer(name)), len(name)][::-1]
        beginnings = [name[:end] for end in ends if name[:end].strip()]
        exact = (beginning for beginning in beginnings if participant_id(beginning) in self.ids)
        alike = (beginning for beginning in beginnings if self.named(beginning))
        beginning = next(exact, None) or next(alike, None)
        if beginning is None:
            return ()
        return tuple(dict.fromkeys((*self.named(beginning), *self._longer(name, beginning))))

    def _longer(self, name: str, beginning: str) -> tuple[str, ...]:
        """IDs that begin in the same way and go on after the separator, unless the name goes on with a date."""
        rest = name[len(beginning) :]
        return () if not rest or DATE.match(rest[1:]) else self._parents.get(_alike(beginning + rest[0]), ())

    @cached_property
    def _alike(self) -> dict[str, tuple[str, ...]]:
        return _grouped((_alike(participant), participant) for participant in self.ids)

    @cached_property
    def _parents(self) -> dict[str, tuple[str, ...]]:
        """IDs by each part of them that ends in a separator: ``A-7`` by ``a-``."""
        return _grouped(
            (_alike(participant[: separator.end()]), participant)
            for participant in self.ids
            for separator in _SEPARATOR.finditer(participant)
        )


def _alike(text: str) -> str:
    """Reduce an ID to what is left without case and leading zeros."""
    return _LEADING_ZEROS.sub("", text.casefold())


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for key, participant in pairs:
        groups.setdefault(key, []).append(participant)
    return {key: naturally(group) for key, group in groups.items()}
