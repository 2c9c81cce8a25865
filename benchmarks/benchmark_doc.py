"""Put the tables of finished benchmarks into their document.

    python benchmarks/benchmark_doc.py docs/benchmark.md benchmarks/results/visem-sim-85.json

replaces what stands between ``<!-- made: visem-sim-85 -->`` and ``<!-- end -->`` by the tables of that summary, and
draws ``images/benchmark_cost_accuracy_visem-sim-85.png`` beside the document. A summary is the ``summary.json`` that
motilens benchmark left in its --out folder, copied to benchmarks/results. What stands outside of the marks is kept as
it is. All marks of a document are filled at once: name every summary.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from motilens.errors import DataError, InputError, MissingError, MotilensError
from motilens.evaluation.benchmark.summary import BenchmarkSummary
from motilens.files import make_folder, write_bytes, write_text
from motilens.report.benchmark import section
from motilens.report.benchmark_figure import cost_accuracy
from motilens.report.drawing import Figure

_MARKED = re.compile(r"(<!-- made: (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def read_summary(path: Path) -> BenchmarkSummary:
    """Read a summary.

    Raises:
        MissingError: no such file.
        DataError: not a summary.
    """
    try:
        return BenchmarkSummary.model_validate_json(path.read_bytes())
    except OSError as error:
        raise MissingError(f"no summary at {path}; allowed: a summary.json that motilens benchmark wrote") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DataError(
            f"{path} is no summary of a benchmark: {where}: {first['msg']}; copy summary.json of the run again"
        ) from error


def made(document: str, summaries: dict[str, BenchmarkSummary]) -> tuple[str, dict[str, Figure]]:
    """Fill the marked parts of a document.

    Args:
        document: its text.
        summaries: by the name that the marks have.

    Returns:
        The text anew, and the figure of each summary by its path beside the document.

    Raises:
        InputError: marks of which there is no summary, or a summary without marks, or marks twice.
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
            f"marks {', '.join(asked)}: not each has its end; put '<!-- end -->' on a line of its own after each"
        )
    figures = {name: cost_accuracy(summary) for name, summary in summaries.items()}

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        return f"{match[1]}\n{section(summaries[name], figures[name], picture(name))}\n{match[3]}"

    return _MARKED.sub(fill, document), {picture(name): figure for name, figure in figures.items()}


def picture(name: str) -> str:
    """Where the figure of a summary stands, from the document."""
    return f"images/benchmark_cost_accuracy_{name}.png"


def main(words: Sequence[str] | None = None) -> int:
    """Fill the document; say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("document", type=Path, help="Markdown with marks")
    parser.add_argument("summaries", type=Path, nargs="+", help="NAME.json for the marks '<!-- made: NAME -->'")
    options = parser.parse_args(words)
    try:
        summaries = {path.stem: read_summary(path) for path in options.summaries}
        if not options.document.is_file():
            raise MissingError(f"no document {options.document}; allowed: Markdown with '<!-- made: NAME -->' in it")
        text, figures = made(options.document.read_text(encoding="utf-8"), summaries)
        for name, figure in figures.items():
            make_folder((options.document.parent / name).parent)
            write_bytes(options.document.parent / name, figure.png)
        write_text(options.document, text)
    except MotilensError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")
    print(f"{options.document}: {', '.join(summaries)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
