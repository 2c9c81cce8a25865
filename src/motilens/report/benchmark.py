"""Writing a benchmark's report: from the result to a folder of files, each made from the summary alone."""

from pathlib import Path

from motilens.config import Settings
from motilens.evaluation.benchmark.judge import summarise
from motilens.evaluation.benchmark.submission import write_predictions
from motilens.evaluation.benchmark.summary import BenchmarkSummary
from motilens.evaluation.benchmark.values import BenchmarkResult
from motilens.files import write_bytes, write_json, write_text
from motilens.report.benchmark_claims import claims_table
from motilens.report.benchmark_figure import cost_accuracy
from motilens.report.benchmark_tables import (
    assessor_table,
    components_table,
    concentration_table,
    costs_table,
    folds_table,
    main_table,
    pairs_table,
)
from motilens.report.benchmark_words import facts, how_to_read
from motilens.report.drawing import Figure
from motilens.report.table import Table, to_markdown


class WrittenBenchmark(Settings):
    """What was written, and what to show in a terminal."""

    page: Path
    """``benchmark.md``, with all tables."""
    markdown: str
    """The main tables with how to read them."""
    files: tuple[Path, ...]


def write_benchmark(run_dir: Path, result: BenchmarkResult) -> WrittenBenchmark:
    """Write ``summary.json``, ``predictions.csv``, ``benchmark.md`` and ``figures/cost_accuracy.png`` into a folder.

    Args:
        run_dir: the folder of the run.
        result: its result.

    Raises:
        DataError, MismatchError: a result whose answers are not whole.
        StorageError: the disk is full or may not be written.
    """
    summary = summarise(result)
    figure = cost_accuracy(summary)
    page, picture = run_dir / "benchmark.md", run_dir / "figures" / f"{figure.name}.png"
    write_json(run_dir / "summary.json", summary.model_dump(mode="json"))
    write_predictions(run_dir / "predictions.csv", result)
    write_bytes(picture, figure.png)
    write_text(page, f"# Benchmark\n\n{section(summary, figure, f'figures/{figure.name}.png')}")
    return WrittenBenchmark(
        page=page,
        markdown=markdown(summary, main_tables(summary)),
        files=(run_dir / "summary.json", run_dir / "predictions.csv", picture, page),
    )


def section(summary: BenchmarkSummary, figure: Figure, picture: str) -> str:
    """Everything that is told of a benchmark, as a part of a document.

    Args:
        summary: its numbers.
        figure: cost against accuracy.
        picture: where the document finds that figure.
    """
    return f"![{figure.alt}]({picture})\n\n{figure.caption}\n\n{markdown(summary, all_tables(summary))}"


def markdown(summary: BenchmarkSummary, tables: tuple[Table, ...]) -> str:
    """Write what was run, some tables, and how to read them."""
    parts = [*(f"- {name}: {value}" for name, value in facts(summary)), ""]
    parts += [to_markdown(table) for table in tables]
    parts += ["### How to read this", "", *(f"- {sentence}" for sentence in how_to_read(summary))]
    return "\n".join(parts) + "\n"


def main_tables(summary: BenchmarkSummary) -> tuple[Table, ...]:
    """The methods' errors on each target, and the claims if any was tried."""
    claims = claims_table(summary)
    mains = tuple(main_table(summary, target) for target in summary.targets)
    return mains if claims is None else (*mains, claims)


def all_tables(summary: BenchmarkSummary) -> tuple[Table, ...]:
    """Every table that there is something to say in, in the order of the document."""
    tables: list[Table | None] = [*main_tables(summary)]
    for target in summary.targets:
        tables += [
            pairs_table(summary, target),
            components_table(summary, target),
            assessor_table(summary, target),
            concentration_table(summary, target),
            folds_table(summary, target),
        ]
    return tuple(table for table in (*tables, costs_table(summary)) if table is not None)
