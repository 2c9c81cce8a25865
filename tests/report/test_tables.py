import pytest

from motilens.evaluation.result import CrossValResult
from motilens.report.published import PUBLISHED
from motilens.report.scores import judge
from motilens.report.table import Table, to_markdown
from motilens.report.tables import all_tables
from tests.factories import I4_MAE, MEAN_MAE, make_result


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    both = make_result(targets=("motility", "morphology"))
    return {table.name: table for table in all_tables(judge(both))}


def column(table: Table, key: str) -> list[object]:
    k = [c.key for c in table.columns].index(key)
    return [row[k] for row in table.rows]


def test_which_tables_there_are(tables: dict[str, Table]) -> None:
    of_target = ["main", "published", "components", "assessors"]
    assert list(tables) == [
        *(f"{target}_{name}" for target in ("motility", "morphology") for name in of_target),
        "step1",
        "participants",
        "left_out",
    ]


def test_main_table_on_paper(tables: dict[str, Table]) -> None:
    main = tables["motility_main"]
    assert column(main, "method") == ["mean", "median", "count", "count-lab", "I1", "I4"]
    assert column(main, "mae")[0] == pytest.approx((MEAN_MAE,) * 3)
    assert column(main, "mae")[-1] == pytest.approx((I4_MAE,) * 3)
    assert column(main, "minus_mean")[0] is None
    assert column(main, "mae_stack")[-1] == pytest.approx(I4_MAE + 1)
    assert [column(main, f"run_{k}")[-1] for k in (1, 2, 3)] == pytest.approx([2, 2, 2])
    assert [c.title for c in main.columns if c.key.startswith("run_")] == ["fold 1", "fold 2", "fold 3"]
    assert main.strong == (5,)


def test_the_papers_figures_stand_beside_ours(tables: dict[str, Table]) -> None:
    published = tables["motility_published"]
    assert column(published, "method") == ["I1", "I4"]
    assert column(published, "ours") == pytest.approx([MEAN_MAE + 1, I4_MAE + 1])
    assert column(published, "paper") == [13.017, 9.427]
    assert column(published, "paper_1") == [13.330, 9.462]
    assert "Comparable only where these data and folds were used" in published.notes[0]
    assert column(tables["morphology_published"], "paper_1") == [None, None]


def test_published_folds_average_to_the_published_average() -> None:
    for published in PUBLISHED["motility"].values():
        assert published.folds is not None
        assert sum(published.folds) / 3 == pytest.approx(published.average, abs=6e-4)


def test_fewer_folds_leave_gaps_not_errors() -> None:
    tables = {table.name: table for table in all_tables(judge(make_result(n_folds=2)))}
    assert column(tables["motility_published"], "ours_3") == [None, None]
    assert "run_3" not in [c.key for c in tables["motility_main"].columns]


def test_a_method_that_misses_a_fold_keeps_its_row() -> None:
    result = make_result()
    cells = tuple(c for c in result.cells if not (c.method == "count-lab" and c.fold == 2))
    tables = {t.name: t for t in all_tables(judge(result.model_copy(update={"cells": cells})))}
    gap, kept = (column(tables["motility_main"], f"run_{k}")[3] for k in (2, 3))
    assert gap is None and kept == pytest.approx(MEAN_MAE)


def test_errors_by_assessor_on_paper(tables: dict[str, Table]) -> None:
    assessors = tables["motility_assessors"]
    assert column(assessors, "assessor") == ["JMA", "SSW"]
    assert column(assessors, "participants") == [2, 4]
    assert column(assessors, "I4") == pytest.approx([2, 2])
    assert column(assessors, "count_lab") == pytest.approx([MEAN_MAE, MEAN_MAE])


def test_step1_says_dead_channels(result: CrossValResult) -> None:
    sick = result.step1[0].model_copy(update={"dead_channels": ("feature 2", "output 0-17")})
    tables = all_tables(judge(result.model_copy(update={"step1": (sick, *result.step1[1:])})))
    step1 = next(table for table in tables if table.name == "step1")
    assert column(step1, "dead_channels")[:2] == ["feature 2, output 0-17", "none"]
    assert column(step1, "motion_r2") == [None, None, None, 0.75, 0.75, 0.75]


def test_every_participant_and_every_left_out_video_has_a_row(tables: dict[str, Table]) -> None:
    assert len(tables["participants"].rows) == 2 * 6 * 6  # targets, methods, participants
    assert tables["left_out"].rows == (("99_09.01.01_HH.avi", "truncated: no frame can be decoded"),)


def test_names_cannot_break_the_markdown(result: CrossValResult) -> None:
    left = result.left_out[0].model_copy(update={"name": "a | b\n| c"})
    tables = all_tables(judge(result.model_copy(update={"left_out": (left,)})))
    text = to_markdown(next(table for table in tables if table.name == "left_out"))
    assert "| a \\| b \\| c " in text
