"""Sections and blocks of a report, from which the page and the files of tables and figures are made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from motilens.evaluation.result import Preview
from motilens.report.drawing import Figure
from motilens.report.table import Table


@dataclass(frozen=True)
class Paragraphs:
    """Paragraphs of plain text."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Preformatted:
    """Text that keeps its line breaks, such as JSON."""

    text: str


@dataclass(frozen=True)
class NamedPreview:
    """Pictures of one stack.

    Attributes:
        name: beginning of the pictures' file names.
        place: fold or run, for the caption.
        preview: the pictures.
    """

    name: str
    place: str
    preview: Preview


@dataclass(frozen=True)
class Gallery:
    """Feature-images of one method."""

    title: str
    previews: tuple[NamedPreview, ...]


@dataclass(frozen=True)
class Details:
    """Blocks that are collapsed until the reader opens them."""

    title: str
    blocks: tuple["Block", ...]


Block = Table | Figure | Paragraphs | Preformatted | Gallery | Details


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Attributes:
        key: anchor of the section on the page.
        title: heading.
        blocks: blocks of the section, in order.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]


def flat_blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    """All blocks, including those inside ``Details``."""
    for block in blocks:
        if isinstance(block, Details):
            yield from flat_blocks(block.blocks)
        else:
            yield block


def all_blocks(sections: Sequence[Section]) -> tuple[Block, ...]:
    """All blocks of some sections, in order."""
    return tuple(block for section in sections for block in flat_blocks(section.blocks))


def tables_in(sections: Sequence[Section]) -> tuple[Table, ...]:
    """All tables of some sections."""
    return tuple(block for block in all_blocks(sections) if isinstance(block, Table))


def figures_in(sections: Sequence[Section]) -> tuple[Figure, ...]:
    """All figures of some sections."""
    return tuple(block for block in all_blocks(sections) if isinstance(block, Figure))


def previews_in(sections: Sequence[Section]) -> tuple[NamedPreview, ...]:
    """All previews of some sections."""
    galleries = (block for block in all_blocks(sections) if isinstance(block, Gallery))
    return tuple(preview for gallery in galleries for preview in gallery.previews)
