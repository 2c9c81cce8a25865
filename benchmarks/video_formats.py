"""Put the table of codecs and containers into its document.

    python -m benchmarks.video_formats docs/video-formats.md

writes a short video with every codec into every container, reads each with motilens, and replaces what is between
``<!-- made: codecs -->`` and ``<!-- end -->``. It takes about 20 s; run it in the repository's root.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.video.coded import CONTAINERS, ENCODINGS, outcome

from motilens.errors import InputError, MissingError, MotilensError
from motilens.files import write_text

_MARKED = re.compile(r"(<!-- made: codecs -->\n).*?(<!-- end -->)", re.DOTALL)


def table(outcome_of: Callable[[str, str], str]) -> str:
    """Make the table, in Markdown.

    Args:
        outcome_of: what becomes of the frame numbers of a codec in a container.
    """
    rows = [["codec", *CONTAINERS], ["---"] * (len(CONTAINERS) + 1)]
    for name in ENCODINGS:
        outcomes = [outcome_of(name, container) for container in CONTAINERS]
        rows.append([name, *("–" if found == "impossible" else found for found in outcomes)])  # noqa: RUF001
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def fill(document: str, outcome_of: Callable[[str, str], str]) -> str:
    """Replace the marked part of a document by the table.

    Raises:
        InputError: the document does not have the marks once.
    """
    if len(_MARKED.findall(document)) != 1:
        raise InputError(
            "the document does not have '<!-- made: codecs -->' and '<!-- end -->' once; put each on a line of its own"
        )
    return _MARKED.sub(lambda match: f"{match[1]}\n{table(outcome_of)}\n{match[2]}", document)


def main(words: Sequence[str] | None = None) -> int:
    """Fill the document and print its name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("document", type=Path, help="Markdown with the mark '<!-- made: codecs -->'")
    options = parser.parse_args(words)
    try:
        if not options.document.is_file():
            raise MissingError(f"no document {options.document}; allowed: Markdown with '<!-- made: codecs -->' in it")
        write_text(options.document, fill(options.document.read_text(encoding="utf-8"), outcome))
    except MotilensError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    print(options.document)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
