import json
from pathlib import Path

import pytest

from motilens.evaluation.benchmark.judge import summarise
from motilens.evaluation.benchmark.summary import BenchmarkSummary, ClaimPart
from motilens.evaluation.benchmark.values import BenchmarkResult, Triple
from motilens.report.benchmark import WrittenBenchmark, all_tables, main_tables, section, write_benchmark
from motilens.report.benchmark_claims import claims_table, published_difference
from motilens.report.benchmark_figure import cheap, cost_accuracy, dear
from motilens.report.benchmark_tables import (
    assessor_table,
    components_table,
    concentration_table,
    costs_table,
    count,
    folds_table,
    main_table,
    p_words,
    pairs_table,
    seconds,
    signed,
)
from motilens.report.benchmark_words import facts, how_to_read, not_told_apart, smallest_p
from motilens.report.table import MINUS, NOTHING, Table, to_markdown
from tests.evaluation.benchmarks import made, off_by, person

# Six participants: of the 64 sign patterns of equal differences two lie as far out, so p is 1/32 for any pair.
LABELS: dict[str, Triple] = {str(k): (30.0 + 5 * k, 40.0 - 5 * k, 30.0) for k in range(1, 7)}
EXACT: dict[str, Triple] = {i: (a + 3.0, b - 3.0, c) for i, (a, b, c) in LABELS.items()}
PEOPLE = [person(i, assessor="SSW" if int(i) < 4 else "JMA", concentration=float(i)) for i in LABELS]


def a_result(methods: dict[str, float], *, simulated: bool = True) -> BenchmarkResult:
    predict = {name: off_by(points, LABELS) for name, points in methods.items()}
    exact = EXACT if simulated else None
    return made(predict, labels=LABELS, exact=exact, participants=PEOPLE, repeats=2)


@pytest.fixture(scope="module")
def result() -> BenchmarkResult:
    return a_result({"mean": 15.0, "moments": 6.0})


@pytest.fixture(scope="module")
def summary(result: BenchmarkResult) -> BenchmarkSummary:
    return summarise(result)


@pytest.fixture(scope="module")
def written(result: BenchmarkResult, tmp_path_factory: pytest.TempPathFactory) -> WrittenBenchmark:
    return write_benchmark(tmp_path_factory.mktemp("run"), result)


def plain(text: str) -> str:
    """With a keyboard's minus, and a word where there is nothing."""
    return "none" if text == NOTHING else text.replace(MINUS, "-")


def shown(table: Table) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(plain, row)) for row in table.shown())


def row_of(table: Table, name: str) -> dict[str, str]:
    row = next(row for row in shown(table) if row[0] == name)
    return dict(zip((column.key for column in table.columns), row, strict=True))


# --- tables


def test_the_main_table_on_paper(summary: BenchmarkSummary) -> None:
    row = row_of(main_table(summary, "motility"), "moments")
    assert row == {
        "method": "moments",
        "mae": "4.00 (4.00 to 4.00)",
        "minus_mean": "-6.00 (-6.00 to -6.00)",
        "p": "0.031",
        "r2": f"{1 - 6 * 72 / 875:.2f}",
        "bias": "+6.0 / -6.0 / +0.0",
        "exact": "2.00 (2.00 to 2.00)",
        "cpu": "2.5",
        "repeats": "2",
    }
    assert row_of(main_table(summary, "motility"), "mean")["minus_mean"] == "none"


def test_the_best_method_is_bold_and_the_floor_is_told(summary: BenchmarkSummary) -> None:
    text = to_markdown(main_table(summary, "motility"))
    assert "| **moments** |" in text
    assert "would have an MAE of 2.00 (2.00 to 2.00) here" in text


def test_real_data_have_neither_exact_errors_nor_a_floor() -> None:
    table = main_table(summarise(a_result({"mean": 15.0, "a": 6.0}, simulated=False)), "motility")
    assert "exact" not in [column.key for column in table.columns]
    assert "Floor" not in to_markdown(table)


def test_without_the_training_mean_nothing_is_compared_with_it() -> None:
    found = summarise(a_result({"a": 15.0, "b": 6.0}))
    assert "minus_mean" not in [column.key for column in main_table(found, "motility").columns]


def test_pairs_are_sorted_and_starred(summary: BenchmarkSummary) -> None:
    table = pairs_table(summary, "motility")
    assert [column.title for column in table.columns] == ["method", "moments", "mean"]
    assert shown(table) == (("moments", "none", "-6.00*"), ("mean", "+6.00*", "none"))


def test_the_matrix_of_pairs_stays_narrow() -> None:
    found = summarise(a_result({f"m{k}": float(k) for k in range(1, 9)}))
    table = pairs_table(found, "motility")
    assert len(table.rows) == 8 and len(table.columns) == 7
    assert "*" not in str(table.rows)  # 28 pairs times 1/32
    assert ", columns the best 6" in table.notes[0]


def test_components_have_their_bias_and_limits(summary: BenchmarkSummary) -> None:
    row = row_of(components_table(summary, "motility"), "moments")
    assert (row["progressive"], row["progressive_bias"]) == ("6.00", "+6.0 (+6.0 to +6.0)")
    assert row["non_progressive_bias"] == "-6.0 (-6.0 to -6.0)"


def test_breakdowns_have_a_column_a_group(summary: BenchmarkSummary) -> None:
    assessors, concentrations = assessor_table(summary, "motility"), concentration_table(summary, "motility")
    assert assessors and concentrations
    assert [column.title for column in assessors.columns] == ["method", "JMA (3)", "SSW (3)"]
    assert [column.title for column in concentrations.columns[1:]] == [
        "up to 2.67 (2)",
        "2.67 to 4.33 (2)",
        "above 4.33 (2)",
    ]
    assert row_of(folds_table(summary, "motility"), "mean") == {
        "method": "mean",
        **{f"repeat_{r}_fold_{f}": "10.00" for r in (1, 2) for f in (1, 2)},
        "lowest": "10.00",
        "highest": "10.00",
    }


def test_a_single_group_is_no_table() -> None:
    found = summarise(made({"a": off_by(3.0)}))
    assert assessor_table(found, "motility") is concentration_table(found, "motility") is None


def test_costs_say_what_is_shared(summary: BenchmarkSummary) -> None:
    table = costs_table(summary)
    assert row_of(table, "moments") == {
        "method": "moments",
        "what": "the method moments",
        "prepares": "stacks",
        "fit_cpu_s": "10",
        "predict_cpu_s": "0.5",
        "cpu_s": "2.5",
        "parameters": "7",
        "memory_mib": "100",
    }
    assert "stacks 2 s, tracks 9 s; methods that share it each carry all of it" in table.notes[0]


def test_numbers_for_people() -> None:
    assert [seconds(v) for v in (None, 0.0, 0.0002, 0.01234, 2.5, 14.04, 12345.6)] == [
        None,
        "0",
        "< 0.001",
        "0.0123",
        "2.5",
        "14",
        "12,346",
    ]
    assert [count(v) for v in (None, 7, 21_300, 3_400_000)] == [None, "7", "21 k", "3.4 M"]
    assert [p_words(v) for v in (0.0001, 0.0312)] == ["< 0.001", "0.031"]
    assert [plain(signed(v)) for v in (-0.01, 2.0, -2.26)] == ["+0.0", "+2.0", "-2.3"]


# --- claims


def test_claims_are_told_part_by_part() -> None:
    points = {"mean": 15.0, "paper-I1": 15.0, "paper-I2": 15.3, "paper-I3": 9.0, "paper-I4": 9.0}
    table = claims_table(summarise(a_result(points)))
    assert table is not None
    rows = shown(table)
    assert rows[0][:7] == (
        "I1 = I2 = training mean",
        "motility",
        "paper",
        "yes",
        "I1 minus I2",
        "-0.20 (-0.20 to -0.20)",
        "yes",
    )
    assert rows[1][:5] == ("", "", "", "", "I1 minus training mean")
    assert [row[3] for row in rows if row[0]] == ["yes", "yes", "no"]
    assert [row[7] for row in rows] == ["+0.00", "none", "none", "-2.05", "-1.54"]


def test_no_claim_no_table(summary: BenchmarkSummary) -> None:
    assert claims_table(summary) is None
    assert [table.name for table in main_tables(summary)] == ["motility_benchmark"]


def test_the_published_difference_is_that_of_the_papers_averages() -> None:
    part = ClaimPart(
        a="stable-I4",
        b="stable-I3",
        diff=0.0,
        ci95=(-1.0, 1.0),
        verdict="can't tell",
        sd=5.0,
        n_for_seen=None,
        n_for_margin=97,
        half_width_85=1.06,
    )
    assert published_difference(part, "motility") == pytest.approx(9.427 - 10.970)
    assert published_difference(part.model_copy(update={"b": "mean"}), "motility") is None


# --- words


def test_what_is_proved_is_said(summary: BenchmarkSummary) -> None:
    sentences = how_to_read(summary)
    assert sentences[0] == (
        "Motility: the lowest MAE is that of moments, 4.0 (4.0 to 4.0); told apart from all others."
    )
    assert any("6 participants: intervals from so few are too narrow" in sentence for sentence in sentences)
    assert any("Simulated data" in sentence for sentence in sentences)


def test_what_no_p_can_prove_is_said() -> None:
    found = summarise(a_result({"mean": 15.0, "a": 6.0, "b": 3.0}, simulated=False))
    assert smallest_p(found, "motility") == 3 / 32
    assert "no corrected p can lie below 0.094, however different two methods are" in how_to_read(found)[0]
    assert not any("Simulated data" in sentence for sentence in how_to_read(found))


def test_who_is_not_better_than_the_mean_and_who_is_worse() -> None:
    # Of 1,024 patterns of ten participants two: p 1/512, three pairs.
    labels: dict[str, Triple] = {str(k): (50.0, 25.0, 25.0) for k in range(1, 11)}
    points = {"mean": 9.0, "same": 9.0, "worse": 12.0, "best": 3.0}
    found = summarise(made({name: off_by(p, labels) for name, p in points.items()}, labels=labels))
    assert not_told_apart(found, "mean", "motility") == ("same",)
    sentences = how_to_read(found)
    assert "Not shown to be better than the training mean on motility: same." in sentences
    assert "Worse than the training mean on motility: worse." in sentences


def test_facts_have_the_origin(summary: BenchmarkSummary) -> None:
    known = dict(facts(summary))
    assert known["data"] == "made-4: 6 participants"
    assert known["made by"] == "motilens 0.1.0: `motilens benchmark DATA --methods all --out RUN`"
    assert known["methods"].startswith("2, 2 repeats of the folds")


# --- figure


def test_methods_that_cost_nothing_stand_in_the_strip() -> None:
    result = a_result({"mean": 15.0, "moments": 6.0, "outside": 5.0})
    about = tuple(
        m.model_copy(update={"uses": ("stacks",) if m.name == "moments" else ()})
        if m.name != "outside"
        else m.model_copy(update={"uses": (), "cost": "outside"})
        for m in result.methods
    )
    cells = tuple(
        cell.model_copy(
            update={
                "costs": None
                if cell.method == "outside" or cell.costs is None
                else cell.costs.model_copy(update={"predict_cpu_s": 0.0 if cell.method == "mean" else 0.5})
            }
        )
        for cell in result.cells
    )
    found = summarise(result.model_copy(update={"methods": about, "cells": cells}))
    scores = found.scores("motility")
    assert cheap(scores) == {"mean": 0.0}
    assert dear(scores) == {"moments": 2.5}
    figure = cost_accuracy(found)
    assert figure.png.startswith(b"\x89PNG")
    assert "Not drawn, since their cost is not known: outside." in figure.caption
    assert all(words in figure.svg for words in ("training mean", "floor: error of the laboratory"))
    assert "lowest MAE outside 3.3, moments 4.0, mean 10.0" in figure.alt


def test_a_figure_is_the_same_bytes_again(summary: BenchmarkSummary) -> None:
    assert cost_accuracy(summary).png == cost_accuracy(summary).png


# --- writing


def test_everything_is_written_and_made_from_the_summary(
    written: WrittenBenchmark, result: BenchmarkResult, summary: BenchmarkSummary
) -> None:
    run = written.page.parent
    names = ["summary.json", "predictions.csv", "figures/cost_accuracy.png", "benchmark.md"]
    assert [str(path.relative_to(run)) for path in written.files] == names
    assert all(path.is_file() for path in written.files)
    kept = BenchmarkSummary.model_validate_json((run / "summary.json").read_bytes())
    assert kept == summary
    page = section(kept, cost_accuracy(kept), "figures/cost_accuracy.png")
    assert written.page.read_text(encoding="utf-8") == f"# Benchmark\n\n{page}"
    assert len((run / "predictions.csv").read_text().splitlines()) == 1 + 2 * 2 * 6


def test_the_terminal_gets_the_main_tables(written: WrittenBenchmark) -> None:
    assert "### Motility: mean absolute error" in written.markdown
    assert "### How to read this" in written.markdown
    assert "by repeat and fold" not in written.markdown


def test_writing_again_changes_nothing(written: WrittenBenchmark, result: BenchmarkResult, tmp_path: Path) -> None:
    again = write_benchmark(tmp_path, result)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in written.files]


def test_the_summary_is_plain_json(written: WrittenBenchmark) -> None:
    content = json.loads(written.files[0].read_text(encoding="utf-8"))
    assert content["methods"]["moments"]["motility"]["mae"] == 4.0
    assert content["pairs"][0]["ci95"] == [6.0, 6.0]


def test_every_table_has_a_name_of_its_own(summary: BenchmarkSummary) -> None:
    names = [table.name for table in all_tables(summary)]
    assert len(names) == len(set(names))
