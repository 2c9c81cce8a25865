"""Tables of each method's own scores, made from a summary; pure functions."""

from collections.abc import Mapping, Sequence

from motilens.config import TARGET_NAMES, Target
from motilens.evaluation.summary import REFERENCE, EvaluationSummary, GroupScore, TargetScore
from motilens.report.formatting import count, p_value, seconds
from motilens.report.published import PUBLISHED, SOURCE
from motilens.report.table import Column, Entry, Table, column_key

MOST_REPEATS = 3
"""Largest number of repeats whose folds are shown individually."""

METHOD = Column("method", "method", numeric=False)


def main_table(summary: EvaluationSummary, target: Target) -> Table:
    """One row per method: error, difference from the training mean, error per stack and against the exact truth, cost.

    Empty columns are left out.
    """
    scores = summary.scores(target)
    pairs = {name: summary.pair(name, REFERENCE, target) for name in scores}
    optional: list[tuple[Column, dict[str, Entry]]] = [
        (
            Column("minus_mean", "minus training mean (95 %)", interval=True, signed=True),
            {name: s.minus_mean and (s.minus_mean.diff, *s.minus_mean.ci95) for name, s in scores.items()},
        ),
        (Column("p", "p"), {name: pair and p_value(pair.p) for name, pair in pairs.items()}),
        (Column("mae_by_stack", "MAE per stack"), {name: s.mae_by_stack for name, s in scores.items()}),
        (
            Column("exact", "MAE against exact truth (95 %)", interval=True),
            {name: s.exact and (s.exact.mae, *s.exact.ci95) for name, s in scores.items()},
        ),
        (
            Column("cpu_s", "CPU s per participant"),
            {name: seconds(s.cpu_s_per_participant) for name, s in scores.items()},
        ),
    ]
    shown = [(column, entries) for column, entries in optional if any(e is not None for e in entries.values())]
    best = min(scores, key=lambda name: scores[name].mae)
    return Table(
        name=f"{target}_main",
        title=f"{target.capitalize()}: mean absolute error (MAE) per participant, in points of percent",
        columns=(
            METHOD,
            Column("description", "description", numeric=False),
            Column("mae", "MAE (95 %)", interval=True),
            *(column for column, _ in shown),
        ),
        rows=tuple(
            (name, summary.about[name].description, (s.mae, *s.ci95), *(entries[name] for _, entries in shown))
            for name, s in scores.items()
        ),
        notes=(_main_note(summary, target), *_floor_note(summary, target)),
        strong=(list(scores).index(best),),
    )


def published_table(summary: EvaluationSummary, target: Target) -> Table | None:
    """The paper's Table 1 beside our numbers for its method, also per stack; None if nothing is comparable."""
    ours = {
        name: score
        for name, score in summary.scores(target).items()
        if summary.about[name].autoencoder == "paper" and summary.about[name].input_type in PUBLISHED[target]
    }
    if summary.protocol == "repeated" or not ours:
        return None
    rows: list[tuple[Entry, ...]] = []
    for name, score in ours.items():
        input_type = summary.about[name].input_type
        assert input_type is not None, "chosen above"
        paper = PUBLISHED[target][input_type]
        own = [fold.mae_by_stack for fold in score.by_fold][:3]
        own += [None] * (3 - len(own))
        rows.append((name, *own, score.fold_average_by_stack, *(paper.folds or (None, None, None)), paper.average))
    return Table(
        name=f"{target}_published",
        title=f"{target.capitalize()}: MAE per stack beside the paper's",
        columns=(
            METHOD,
            *(Column(f"ours_{k}", f"ours {k}") for k in (1, 2, 3)),
            Column("ours", "ours, average"),
            *(Column(f"paper_{k}", f"paper {k}", digits=3) for k in (1, 2, 3)),
            Column("paper", "paper, average", digits=3),
        ),
        rows=tuple(rows),
        notes=(
            f"Paper: {SOURCE}: VISEM's 85 participants in the organisers' folds. Comparable only if these data and "
            "folds were used; its released scripts used fold 1 three times.",
        ),
    )


def agreement_table(summary: EvaluationSummary, target: Target) -> Table:
    """MAE, R2, and bias with limits of agreement of each of the three percentages."""
    columns = [METHOD, Column("r2", "R²")]
    for name in TARGET_NAMES[target]:
        key = column_key(name)
        columns += [
            Column(key, f"{name}: MAE"),
            Column(f"{key}_r2", "R²"),
            Column(f"{key}_bias", "bias (limits of agreement)", digits=1, interval=True, signed=True),
        ]
    rows: list[tuple[Entry, ...]] = []
    for method, score in summary.scores(target).items():
        row: list[Entry] = [method, score.r2]
        for component in score.components.values():
            row += [component.mae, component.r2, (component.bias, *component.limits)]
        rows.append(tuple(row))
    return Table(
        name=f"{target}_agreement",
        title=f"{target.capitalize()}: agreement with the laboratory, by percentage",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(
            "First R²: over all three percentages; 0 is what the mean of these very participants would reach. Bias: "
            "prediction minus laboratory. 95 % of such differences lie between the limits of agreement if they are "
            "normal (Bland and Altman 1986). Each repeat by itself, then averaged: predictions are never averaged over "
            "repeats.",
        ),
    )


def folds_table(summary: EvaluationSummary, target: Target) -> Table:
    """Error of each fold of the first repeats, their average, and the range where there are more repeats."""
    scores = summary.scores(target)
    folds = [fold for score in scores.values() for fold in score.by_fold]
    places = sorted({(fold.repeat, fold.fold) for fold in folds if fold.repeat <= MOST_REPEATS})
    repeated = any(fold.repeat > 1 for fold in folds)
    word = "run" if summary.protocol == "as-released" else "fold"
    rows: list[tuple[Entry, ...]] = []
    for name, score in scores.items():
        by_place = {(fold.repeat, fold.fold): fold.mae for fold in score.by_fold}
        span = (min(by_place.values()), max(by_place.values())) if repeated else ()
        own = (by_place.get(place) for place in places)
        rows.append((name, *own, score.fold_average, *span, score.fold_average_by_stack))
    return Table(
        name=f"{target}_by_{word}",
        title=f"{target.capitalize()}: MAE per participant by {'repeat and ' * repeated}{word}",
        columns=(
            METHOD,
            *(Column(f"repeat_{r}_{word}_{f}", f"{r}.{f}" if repeated else f"{word} {f}") for r, f in places),
            Column("average", "average"),
            *([Column("lowest", "lowest"), Column("highest", "highest")] if repeated else []),
            Column("average_by_stack", "average per stack"),
        ),
        rows=tuple(rows),
        notes=(
            (f"Headings: repeat.fold, of the first {MOST_REPEATS} repeats. " if repeated else "")
            + f"Average: over all {word}s with the same weight, as the paper averages; per stack, it is the paper's "
            "figure.",
        ),
    )


def assessor_table(summary: EvaluationSummary, target: Target) -> Table | None:
    """Error by the assessor who counted in the laboratory; None if only one assessor is known."""
    groups = {name: score.by_assessor for name, score in summary.scores(target).items()}
    return _groups_table(f"{target}_by_assessor", f"{target.capitalize()}: MAE by assessor", groups)


def concentration_table(summary: EvaluationSummary, target: Target) -> Table | None:
    """Error by the laboratory's concentration; None if there is only one group."""
    groups = {name: score.by_concentration for name, score in summary.scores(target).items()}
    title = f"{target.capitalize()}: MAE by concentration, in 10⁶ cells/mL"
    return _groups_table(f"{target}_by_concentration", title, groups)


def costs_table(summary: EvaluationSummary) -> Table:
    """Needs and costs: one row per method, each with the more expensive of its targets."""
    rows: list[tuple[Entry, ...]] = []
    for name, of_method in summary.methods.items():
        about, scores = summary.about[name], list(of_method.values())
        rows.append(
            (
                name,
                ", ".join(about.needs) or "nothing",
                seconds(_most([score.fit_cpu_s for score in scores])),
                seconds(_most([score.predict_cpu_s for score in scores])),
                seconds(_most([score.cpu_s_per_participant for score in scores])),
                count(_most([score.parameters for score in scores])),
                seconds(_most([score.peak_memory_mib for score in scores])),
                max((score.repeats for score in scores), default=0),
            )
        )
    shared = ", ".join(f"{name} {seconds(value)} s" for name, value in summary.preparation_cpu_s.items())
    return Table(
        name="costs",
        title="What the methods need and take",
        columns=(
            METHOD,
            Column("needs", "needs", numeric=False),
            Column("fit_cpu_s", "fit, CPU s"),
            Column("predict_cpu_s", "predict alone, CPU s"),
            Column("cpu_s", "with preparation, CPU s"),
            Column("parameters", "parameters"),
            Column("memory_mib", "peak memory, MiB"),
            Column("repeats", "runs" if summary.protocol == "as-released" else "repeats"),
        ),
        rows=tuple(rows),
        notes=(
            "Fit: one fold, median; predict: one participant, median over folds; the costlier of the targets. "
            f"Preparation of one participant: {shared or 'none'}; methods that share it are each charged all of it.",
        ),
    )


def _groups_table(name: str, title: str, groups: Mapping[str, Mapping[str, GroupScore]]) -> Table | None:
    sizes = {group: score.n for of_method in groups.values() for group, score in of_method.items()}
    if len(sizes) < 2:
        return None
    rows: list[tuple[Entry, ...]] = []
    for method, of_method in groups.items():
        found = (of_method.get(group) for group in sizes)
        rows.append((method, *(score.mae if score else None for score in found)))
    columns = (METHOD, *(Column(f"group_{k + 1}", f"{group} ({n})") for k, (group, n) in enumerate(sizes.items())))
    return Table(name, title, columns, tuple(rows), notes=("Number of participants in brackets.",))


def _main_note(summary: EvaluationSummary, target: Target) -> str:
    scores: dict[str, TargetScore] = summary.scores(target)
    sentences = [
        f"Mean over {', '.join(TARGET_NAMES[target])}; each participant's repeats are averaged.",
        f"Intervals: bootstrap over {max(score.n for score in scores.values())} participants.",
    ]
    if any(score.minus_mean for score in scores.values()):
        n_pairs = len([pair for pair in summary.pairs if pair.target == target])
        sentences.append(
            "Minus training mean: paired by participant, below 0 is better; p: paired permutation test, corrected by "
            f"Holm's method over all {n_pairs} pairs."
        )
    if any(score.mae_by_stack is not None for score in scores.values()):
        sentences.append("MAE per stack (per window for tracks): as the paper reports errors.")
    return " ".join([*sentences, "Bold: the lowest MAE."])


def _floor_note(summary: EvaluationSummary, target: Target) -> tuple[str, ...]:
    floor = summary.floor.get(target) if summary.floor else None
    if floor is None:
        return ()
    return (
        f"Floor: a perfect method, which knows the exact truth, would have an MAE of {floor.mae:.2f} "
        f"({floor.ci95[0]:.2f} to {floor.ci95[1]:.2f}) here, because the laboratory's count itself is that far off.",
    )


def _most(values: Sequence[float | int | None]) -> float | int | None:
    return max((value for value in values if value is not None), default=None)
