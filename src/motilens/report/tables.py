"""The tables of a report, pure: a judged result in, tables out."""

from motilens.config import TARGET_NAMES, Target
from motilens.evaluation.result import CrossValResult, Participant
from motilens.report.published import PUBLISHED, SOURCE
from motilens.report.scores import RUN_WORD, WHAT, Judged, MethodScore, best_model, cells_of
from motilens.report.table import Column, Entry, Table

NOT_KNOWN = "not known"
"""An assessor nobody wrote down."""

_METHOD = (
    Column("method", "method", numeric=False),
    Column("what", "what it sees", numeric=False),
)


def all_tables(judged: Judged) -> tuple[Table, ...]:
    """Every table there is something to say in, in the order of the report."""
    result = judged.result
    tables = [table for target in judged.scores for table in target_tables(judged, target)]
    if result.step1:
        tables.append(step1_table(result))
    tables.append(participants_table(judged))
    if result.left_out:
        tables.append(left_out_table(result))
    return tuple(tables)


def target_tables(judged: Judged, target: Target) -> tuple[Table, ...]:
    """Main table, published figures, components, and error by assessor of one target."""
    scores = judged.scores[target]
    tables = [main_table(judged, target), component_table(scores, target)]
    if any(score.method in PUBLISHED[target] for score in scores):
        tables.insert(1, published_table(scores, target))
    if any(participant.assessor for participant in judged.result.participants):
        tables.append(assessor_table(judged.result.participants, scores, target))
    return tuple(tables)


def main_table(judged: Judged, target: Target) -> Table:
    """One row a method: MAE per participant with its interval, against the training mean, per stack, by fold or run."""
    word = RUN_WORD[judged.result.protocol]
    scores = judged.scores[target]
    labels = sorted({fold.label for score in scores for fold in score.folds}, key=lambda label: int(label.split()[-1]))
    columns = (
        *_METHOD,
        Column("mae", "MAE per participant (95 %)", interval=True),
        Column("minus_mean", "minus training mean (95 %)", interval=True, signed=True),
        Column("mae_stack", "MAE per stack"),
        *(Column(f"run_{k + 1}", label) for k, label in enumerate(labels)),
        Column("average", f"average of {word}s"),
    )
    rows: list[tuple[Entry, ...]] = []
    for score in scores:
        by_label = {fold.label: fold.mae for fold in score.folds}
        head = (score.method, WHAT.get(score.method, ""), score.mae, score.minus_mean, score.mae_stack)
        rows.append((*head, *(by_label.get(label) for label in labels), score.average))
    best = best_model(scores)
    return Table(
        name=f"{target}_main",
        title=f"{target.capitalize()}: mean absolute error (MAE) in points of percent",
        columns=columns,
        rows=tuple(rows),
        notes=(
            f"Mean over {', '.join(TARGET_NAMES[target])}. {word.capitalize()}s are per participant. Intervals: "
            f"bootstrap over {scores[0].n_participants} participants; the difference is paired by participant, below 0 "
            "is better than the training mean. Bold: the lowest of the models.",
        ),
        strong=() if best is None else (scores.index(best),),
    )


def published_table(scores: tuple[MethodScore, ...], target: Target) -> Table:
    """The paper's Table 1 beside ours, per stack as there."""
    published = PUBLISHED[target]
    columns = (
        *_METHOD,
        *(Column(f"ours_{k + 1}", f"ours {k + 1}") for k in range(3)),
        Column("ours", "ours, average"),
        *(Column(f"paper_{k + 1}", f"paper {k + 1}", digits=3) for k in range(3)),
        Column("paper", "paper, average", digits=3),
    )
    rows: list[tuple[Entry, ...]] = []
    for score in scores:
        if score.method not in published:
            continue
        paper = published[score.method]
        ours = [fold.mae_stack for fold in score.folds][:3]
        theirs = paper.folds or (None, None, None)
        empty = [None] * (3 - len(ours))
        rows.append((score.method, WHAT[score.method], *ours, *empty, score.average_stack, *theirs, paper.average))
    return Table(
        name=f"{target}_published",
        title=f"{target.capitalize()}: MAE per stack beside the paper's",
        columns=columns,
        rows=tuple(rows),
        notes=(
            f"Paper: {SOURCE}: VISEM's 85 participants in the organisers' folds. Comparable only where these data and "
            "folds were used; its released scripts used fold 1 three times.",
        ),
    )


def component_table(scores: tuple[MethodScore, ...], target: Target) -> Table:
    """MAE per participant of each of the three percentages."""
    names = TARGET_NAMES[target]
    return Table(
        name=f"{target}_components",
        title=f"{target.capitalize()}: MAE per participant by component",
        columns=(*_METHOD, *(Column(name.replace(" ", "_").replace("-", "_"), name) for name in names)),
        rows=tuple((score.method, WHAT.get(score.method, ""), *score.components) for score in scores),
    )


def assessor_table(participants: tuple[Participant, ...], scores: tuple[MethodScore, ...], target: Target) -> Table:
    """MAE per participant by the laboratory's assessor: one row an assessor, one column a method."""
    by_assessor: dict[str, list[str]] = {}
    for participant in participants:
        if any(participant.participant in score.errors for score in scores):
            by_assessor.setdefault(participant.assessor or NOT_KNOWN, []).append(participant.participant)
    rows: list[tuple[Entry, ...]] = []
    for assessor, names in sorted(by_assessor.items()):
        own = [[score.errors[name] for name in names if name in score.errors] for score in scores]
        rows.append((assessor, len(names), *(sum(errors) / len(errors) if errors else None for errors in own)))
    return Table(
        name=f"{target}_assessors",
        title=f"{target.capitalize()}: MAE per participant by assessor",
        columns=(
            Column("assessor", "assessor", numeric=False),
            Column("participants", "participants"),
            *(Column(score.method.replace("-", "_"), score.method) for score in scores),
        ),
        rows=tuple(rows),
    )


def step1_table(result: CrossValResult) -> Table:
    """What each autoencoder holds of unseen participants."""
    rows: list[tuple[Entry, ...]] = [
        (
            step1.input_type,
            step1.fold,
            step1.seed,
            step1.best_epoch,
            step1.test_mse,
            step1.test_mse_over_variance,
            step1.test_motion_r2,
            _few(step1.dead_channels),
        )
        for step1 in sorted(result.step1, key=lambda s: (s.input_type, s.fold, s.seed))
    ]
    return Table(
        name="step1",
        title="Step 1: what the autoencoders hold of test participants",
        columns=(
            Column("input", "input", numeric=False),
            Column("run", RUN_WORD[result.protocol]),
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
            "1 is all of what deviates from a stack's mean over time, 0 is none; inputs of one moment have none. A "
            "dead channel carries nothing.",
        ),
    )


def participants_table(judged: Judged) -> Table:
    """Every participant with truth and every method's answer: what other comparisons start from."""
    columns = [
        Column("participant", "participant", numeric=False),
        Column("assessor", "assessor", numeric=False),
        Column("concentration", "10⁶ cells/mL", digits=1),
        Column("cells_seen", "cells seen", digits=1),
        Column("stacks", "stacks"),
        Column("target", "target", numeric=False),
        Column("method", "method", numeric=False),
        Column("run", RUN_WORD[judged.result.protocol]),
        *(Column(f"true_{k + 1}", f"true {k + 1}") for k in range(3)),
        *(Column(f"predicted_{k + 1}", f"predicted {k + 1}") for k in range(3)),
        *(Column(f"spread_{k + 1}", f"spread {k + 1}") for k in range(3)),
    ]
    known = {participant.participant: participant for participant in judged.result.participants}
    rows: list[tuple[Entry, ...]] = []
    for target, scores in judged.scores.items():
        for score in scores:
            cells = cells_of(judged.result, score.method, target)
            for cell in cells:
                for s in cell.scores:
                    p = known.get(s.participant)
                    about = (p.assessor, p.concentration, p.cells_seen) if p else (None, None, None)
                    numbers = (*s.truth_pct, *s.predicted_pct, *s.spread_pct)
                    rows.append((s.participant, *about, s.n_stacks, target, score.method, cell.fold, *numbers))
    return Table(
        name="participants",
        title="Every participant under every method",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=("Percent, components in the order of the target's names. Spread: standard deviation over stacks.",),
    )


def left_out_table(result: CrossValResult) -> Table:
    """What is not in the result, and why."""
    return Table(
        name="left_out",
        title="Left out",
        columns=(Column("name", "video or participant", numeric=False), Column("reason", "reason", numeric=False)),
        rows=tuple((left.name, left.reason) for left in result.left_out),
    )


def _few(names: tuple[str, ...]) -> str:
    return f"{len(names)}, such as {names[0]}" if len(names) > 3 else ", ".join(names) or "none"
