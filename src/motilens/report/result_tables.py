"""Tables that need the whole result: autoencoders, participants, what was left out, versions."""

from collections.abc import Sequence

from motilens.config import TARGET_NAMES
from motilens.data.participants import LeftOut
from motilens.evaluation.result import EvaluationResult
from motilens.report.table import Column, Entry, Table, column_key


def fold_word(result: EvaluationResult) -> str:
    """Word for the parts of a repeat: folds with different participants, or runs that differ only in their seed."""
    return "run" if result.protocol == "as-released" else "fold"


def autoencoder_table(result: EvaluationResult) -> Table | None:
    """How well each autoencoder reconstructs unseen participants' stacks; None if no method has one."""
    rows: list[tuple[Entry, ...]] = []
    for method in result.methods:
        for job in result.jobs:
            scores = job.autoencoder
            if job.method != method.name or scores is None:
                continue
            epochs = [curve.best_epoch for curve in job.curves if curve.name == "autoencoder"]
            rows.append(
                (
                    *(method.name, job.repeat, job.fold, job.seed, epochs[0] if epochs else None),
                    *(scores.mse, scores.mse_over_variance, scores.motion_r2, _few(scores.dead_channels)),
                )
            )
    if not rows:
        return None
    return Table(
        name="autoencoders",
        title="Autoencoders: reconstruction of the test participants' stacks",
        columns=(
            Column("method", "method", numeric=False),
            Column("repeat", "repeat"),
            Column("fold", fold_word(result)),
            Column("seed", "seed"),
            Column("best_epoch", "epoch"),
            Column("mse", "MSE", digits=6),
            Column("mse_over_variance", "MSE / variance", digits=3),
            Column("motion_r2", "R² of the motion", digits=3),
            Column("dead_channels", "dead channels", numeric=False),
        ),
        rows=tuple(rows),
        notes=(
            "MSE of the reconstruction in (0-1 grey)². MSE / variance: 1 is what a constant reaches. R² of the motion: "
            "1 if everything that deviates from a stack's mean over time is reconstructed, 0 if nothing is; inputs of "
            "one moment have none. A dead channel carries nothing.",
        ),
    )


def participants_table(result: EvaluationResult) -> Table:
    """One row per participant: recordings, stacks, assessor, concentration, and laboratory values."""
    targets = tuple(result.labels)
    rows: list[tuple[Entry, ...]] = []
    for p in result.participants:
        labels = [result.labels[target].get(p.participant, (None, None, None)) for target in targets]
        known = (", ".join(p.recordings), p.n_stacks, p.assessor, p.concentration, p.cells_seen)
        rows.append((p.participant, *known, *(value for of_target in labels for value in of_target)))
    names = [(target, name) for target in targets for name in TARGET_NAMES[target]]
    return Table(
        name="participants",
        title="Participants",
        columns=(
            Column("participant", "participant", numeric=False),
            Column("recordings", "recordings", numeric=False),
            Column("n_stacks", "stacks"),
            Column("assessor", "assessor", numeric=False),
            Column("concentration", "10⁶ cells/mL", digits=1),
            Column("cells_seen", "cells seen", digits=1),
            *(Column(column_key(f"{t}_{n}"), n, digits=1) for t, n in names),
        ),
        rows=tuple(rows),
        notes=(
            "Cells seen: mean number of heads counted in a frame. Percentages: what the laboratory counted. Every "
            "prediction is in predictions.csv.",
        ),
    )


def left_out_table(left_out: Sequence[LeftOut], *, what: str) -> Table | None:
    """What is not in a result, with the reason; None if nothing was left out.

    Args:
        left_out: what is not in it.
        what: what the names stand for.
    """
    if not left_out:
        return None
    return Table(
        name="left_out",
        title="Left out",
        columns=(
            Column("name", what, numeric=False),
            Column("reason", "reason", numeric=False),
        ),
        rows=tuple((left.name, left.reason) for left in left_out),
    )


def versions_table(result: EvaluationResult) -> Table:
    """Versions of everything that affects the numbers."""
    known = {"motilens": result.motilens_version, **result.versions}
    return Table(
        name="versions",
        title="Versions",
        columns=(Column("name", "name", numeric=False), Column("version", "version", numeric=False)),
        rows=tuple(known.items()),
    )


def _few(names: tuple[str, ...]) -> str:
    return f"{len(names)}, such as {names[0]}" if len(names) > 3 else ", ".join(names) or "none"
