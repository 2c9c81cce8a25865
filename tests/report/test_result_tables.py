from motilens.evaluation.result import EvaluationResult
from motilens.report.result_tables import autoencoder_table, left_out_table, participants_table, versions_table
from motilens.report.table import to_markdown
from tests.report.results import a_result, of, row_of


def test_autoencoders_say_what_they_reconstruct(result: EvaluationResult) -> None:
    table = autoencoder_table(result)
    assert table is not None
    assert [row[:3] for row in table.rows] == [(name, 1, k) for name in ("paper-I1", "paper-I4") for k in (1, 2, 3)]
    assert row_of(table, "paper-I1") == {
        "method": "paper-I1",
        "repeat": "1",
        "fold": "1",
        "seed": "1",
        "best_epoch": "2",
        "mse": "0.001000",
        "mse_over_variance": "0.250",
        "motion_r2": "none",
        "dead_channels": "none",
    }
    assert row_of(table, "paper-I4")["motion_r2"] == "0.750"


def test_dead_channels_are_named() -> None:
    result = a_result()
    jobs = tuple(
        job.model_copy(
            update={"autoencoder": job.autoencoder.model_copy(update={"dead_channels": ("feature 2", "output 0-17")})}
        )
        if job.autoencoder
        else job
        for job in result.jobs
    )
    table = autoencoder_table(result.model_copy(update={"jobs": jobs}))
    assert table and row_of(table, "paper-I1")["dead_channels"] == "feature 2, output 0-17"


def test_without_autoencoders_there_is_no_table_of_them() -> None:
    assert autoencoder_table(of({"mean": 15.0})) is None


def test_every_participant_has_a_row(result: EvaluationResult) -> None:
    table = participants_table(result)
    assert len(table.rows) == 6
    assert row_of(table, "2") == {
        "participant": "2",
        "recordings": "2",
        "n_stacks": "5",
        "assessor": "SSW",
        "concentration": "2.0",
        "cells_seen": "20.0",
        "motility_progressive": "40.0",
        "motility_non_progressive": "30.0",
        "motility_immotile": "30.0",
    }


def test_what_was_left_out_is_named(result: EvaluationResult) -> None:
    table = left_out_table(result.left_out, what="recording")
    assert table and table.rows == (("99_09.01.01_HH.avi", "truncated: no frame can be decoded"),)
    assert left_out_table(of({"mean": 15.0}).left_out, what="recording") is None


def test_names_cannot_break_the_markdown(result: EvaluationResult) -> None:
    left = result.left_out[0].model_copy(update={"name": "a | b\n| c"})
    table = left_out_table((left,), what="recording")
    assert table and "| a \\| b \\| c " in to_markdown(table)


def test_versions_decide_numbers(result: EvaluationResult) -> None:
    assert versions_table(result).rows == (("motilens", "0.1.0"), ("python", "3.11.7"), ("torch", "2.14.1"))
