import pytest

from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.evaluation.summary import EvaluationSummary
from motilens.report.published import PUBLISHED
from motilens.report.score_tables import (
    agreement_table,
    assessor_table,
    concentration_table,
    costs_table,
    folds_table,
    main_table,
    published_table,
)
from motilens.report.table import to_markdown
from tests.evaluation.results import made, off_by
from tests.report.results import LEARNED, a_result, of, row_of


def keys(result: EvaluationResult) -> list[str]:
    return [column.key for column in main_table(summarise(result), "motility").columns]


def test_the_main_table_on_paper(summary: EvaluationSummary) -> None:
    table = main_table(summary, "motility")
    assert row_of(table, "moments") == {
        "method": "moments",
        "description": "the method moments",
        "mae": "4.00 (4.00 to 4.00)",
        "minus_mean": "-6.00 (-6.00 to -6.00)",
        "p": "0.188",  # 1/32, times six pairs
        "mae_by_stack": "5.00",
        "exact": "2.00 (2.00 to 2.00)",
        "cpu_s": "2.5",
    }
    mean = row_of(table, "mean")
    assert (mean["minus_mean"], mean["p"], mean["cpu_s"]) == ("none", "none", "0.5")


def test_the_lowest_error_is_bold_and_the_floor_is_mentioned(summary: EvaluationSummary) -> None:
    text = to_markdown(main_table(summary, "motility"))
    assert "| **paper-I4** |" in text
    assert "would have an MAE of 2.00 (2.00 to 2.00) here" in text


def test_columns_that_nobody_has_anything_for_are_left_out() -> None:
    real = of({"mean": 15.0, "a": 6.0}, simulated=False)
    assert keys(real) == ["method", "description", "mae", "minus_mean", "p", "mae_by_stack", "cpu_s"]
    assert "Floor" not in to_markdown(main_table(summarise(real), "motility"))
    assert "minus_mean" not in keys(of({"a": 15.0, "b": 6.0}))


def test_the_papers_figures_are_beside_ours(summary: EvaluationSummary) -> None:
    table = published_table(summary, "motility")
    assert table is not None
    assert [row[0] for row in table.rows] == ["paper-I1", "paper-I4"]
    row = row_of(table, "paper-I4")
    assert [row[f"ours_{k}"] for k in (1, 2, 3)] == ["3.00", "3.00", "3.00"]
    assert (row["ours"], row["paper"], row["paper_1"]) == ("3.00", "9.427", "9.462")
    assert "Comparable only if these data and folds were used" in table.notes[0]


def test_published_figures_are_beside_what_is_comparable_alone() -> None:
    points = {"mean": 15.0, "paper-I1": 15.0}
    repeated = of(points, learned=LEARNED, protocol="repeated", repeats=2)
    assert published_table(summarise(repeated), "motility") is None
    others = of(points, learned={"paper-I1": ("stable", "I1")})
    assert published_table(summarise(others), "motility") is None
    assert published_table(summarise(of(points)), "motility") is None
    two_folds = published_table(summarise(of(points, learned=LEARNED, n_folds=2)), "motility")
    assert two_folds and row_of(two_folds, "paper-I1")["ours_3"] == "none"
    morphology = of(points, learned=LEARNED, targets=("morphology",))
    without_folds = published_table(summarise(morphology), "morphology")
    assert without_folds and row_of(without_folds, "paper-I1")["paper_1"] == "none"


def test_published_folds_average_to_the_published_average() -> None:
    for published in PUBLISHED["motility"].values():
        assert published.folds is not None
        assert sum(published.folds) / 3 == pytest.approx(published.average, abs=6e-4)


def test_percentages_have_their_bias_and_limits(summary: EvaluationSummary) -> None:
    row = row_of(agreement_table(summary, "motility"), "moments")
    assert (row["progressive"], row["progressive_bias"]) == ("6.00", "+6.0 (+6.0 to +6.0)")
    assert row["non_progressive_bias"] == "-6.0 (-6.0 to -6.0)"
    assert row["r2"] == f"{1 - 6 * 72 / 875:.2f}"


def test_errors_by_fold(summary: EvaluationSummary) -> None:
    table = folds_table(summary, "motility")
    assert row_of(table, "moments") == {
        "method": "moments",
        "repeat_1_fold_1": "4.00",
        "repeat_1_fold_2": "4.00",
        "repeat_1_fold_3": "4.00",
        "average": "4.00",
        "average_by_stack": "5.00",
    }
    assert [column.title for column in table.columns[1:4]] == ["fold 1", "fold 2", "fold 3"]


def test_errors_by_repeat_and_fold_have_their_range() -> None:
    predict = {"a": lambda i, repeat: off_by(3.0 * repeat)(i, repeat), "b": off_by(3.0)}
    found = summarise(made(predict, protocol="repeated", repeats={"a": 4, "b": 1}))
    row = row_of(folds_table(found, "motility"), "a")
    assert (row["repeat_3_fold_1"], row["average"], row["lowest"], row["highest"]) == ("6.00", "5.00", "2.00", "8.00")
    assert "repeat_4_fold_1" not in row
    assert row_of(folds_table(found, "motility"), "b")["repeat_2_fold_1"] == "none"


def test_runs_of_one_fold_are_not_called_folds() -> None:
    table = folds_table(summarise(a_result("as-released")), "motility")
    assert table.name == "motility_by_run"
    assert [column.title for column in table.columns[1:5]] == ["run 1", "run 2", "run 3", "average"]


def test_subgroups_have_a_column_each(summary: EvaluationSummary) -> None:
    assessors, concentrations = assessor_table(summary, "motility"), concentration_table(summary, "motility")
    assert assessors and concentrations
    assert [column.title for column in assessors.columns] == ["method", "JMA (3)", "SSW (3)"]
    assert [column.title for column in concentrations.columns[1:]] == [
        "up to 2.67 (2)",
        "2.67 to 4.33 (2)",
        "above 4.33 (2)",
    ]


def test_a_single_group_is_no_table() -> None:
    found = summarise(made({"a": off_by(3.0)}))
    assert assessor_table(found, "motility") is concentration_table(found, "motility") is None


def test_costs_say_what_is_shared(summary: EvaluationSummary) -> None:
    table = costs_table(summary)
    assert row_of(table, "moments") == {
        "method": "moments",
        "needs": "stacks",
        "fit_cpu_s": "10",
        "predict_cpu_s": "0.5",
        "cpu_s": "2.5",
        "parameters": "7",
        "memory_mib": "100",
        "repeats": "1",
    }
    assert row_of(table, "mean")["needs"] == "nothing"
    assert "stacks 2 s, tracks 9 s; methods that share it are each charged all of it" in table.notes[0]
