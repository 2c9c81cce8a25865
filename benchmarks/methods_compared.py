"""Put the tables of finished evaluations into their document.

    python benchmarks/methods_compared.py docs/methods-compared.md benchmarks/results/visem-sim-85.json

replaces what is between ``<!-- made: visem-sim-85 -->`` and ``<!-- end -->`` by the tables of that summary, and draws
``images/cost_accuracy_visem-sim-85.png`` beside the document. A summary is the ``summary.json`` that motilens evaluate
wrote into its --out folder, copied to benchmarks/results. What is outside the marks stays as it is. All marks of a
document are filled at once: name every summary.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from motilens.errors import InputError, MissingError, MotilensError
from motilens.evaluation.summary import EvaluationSummary
from motilens.files import write_bytes, write_text
from motilens.report.contents import summary_tables
from motilens.report.cost_accuracy import cost_accuracy
from motilens.report.drawing import Figure
from motilens.report.interpretation import how_to_read
from motilens.report.read import read_summary
from motilens.report.write import markdown

_MARKED = re.compile(r"(<!-- made: (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(document: str, summaries: dict[str, EvaluationSummary]) -> tuple[str, dict[str, Figure]]:
    """Fill the marked parts of a document.

    Args:
        document: its text.
        summaries: by the name that the marks have.

    Returns:
        The new text, and the figure of each summary by its path beside the document.

    Raises:
        InputError: marks without a summary, a summary without marks, or marks twice.
    """
    names = [match["name"] for match in _MARKED.finditer(document)]
    asked = re.findall(r"<!-- made: (.+?) -->", document)
    if odd := sorted({*names, *asked} ^ set(summaries)) or sorted({n for n in asked if asked.count(n) > 1}):
        raise InputError(
            f"marks {', '.join(asked) or 'none'}, summaries {', '.join(summaries) or 'none'}: {', '.join(odd)} is not "
            "once in both; put '<!-- made: NAME -->' and '<!-- end -->' into the document once for each NAME.json"
        )
    if names != asked:
        raise InputError(
            f"marks {', '.join(asked)}: one of them has no end; put '<!-- end -->' on a line of its own after each"
        )
    figures = {name: cost_accuracy(summary) for name, summary in summaries.items()}

    def replace(match: re.Match[str]) -> str:
        name = match["name"]
        return f"{match[1]}\n{_part(summaries[name], figures[name], picture(name))}\n{match[3]}"

    return _MARKED.sub(replace, document), {picture(name): figure for name, figure in figures.items()}


def picture(name: str) -> str:
    """Path of a summary's figure, from the document."""
    return f"images/cost_accuracy_{name}.png"


def _part(summary: EvaluationSummary, figure: Figure, path: str) -> str:
    """Everything that a document says of one evaluation."""
    tables = markdown(summary, summary_tables(summary), how_to_read(summary))
    return f"![{figure.alt}]({path})\n\n{figure.caption}\n\n{tables}"


def main(words: Sequence[str] | None = None) -> int:
    """Fill the document and print what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("document", type=Path, help="Markdown with marks")
    parser.add_argument("summaries", type=Path, nargs="+", help="NAME.json for the marks '<!-- made: NAME -->'")
    options = parser.parse_args(words)
    try:
        summaries = {path.stem: read_summary(path) for path in options.summaries}
        if not options.document.is_file():
            raise MissingError(f"no document {options.document}; allowed: Markdown with '<!-- made: NAME -->' in it")
        text, figures = fill(options.document.read_text(encoding="utf-8"), summaries)
        for name, figure in figures.items():
            write_bytes(options.document.parent / name, figure.png)
        write_text(options.document, text)
    except MotilensError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    print(f"{options.document}: {', '.join(summaries)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
