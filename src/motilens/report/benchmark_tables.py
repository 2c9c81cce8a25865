"""The tables of a benchmark, pure: its summary in, tables out."""

from collections.abc import Sequence

from motilens.config import TARGET_NAMES, Target
from motilens.evaluation.benchmark.claims import REFERENCE
from motilens.evaluation.benchmark.summary import BenchmarkSummary, GroupScore, PairScore, Shift, TargetScore
from motilens.report.table import MINUS, NOTHING, Column, Entry, Table

SIGNIFICANT = 0.05
"""A pair whose corrected p lies below is told apart."""

MOST_COLUMNS = 6
"""Of the matrix of pairs: the best methods."""

MOST_REPEATS = 3
"""Whose folds are shown one by one."""

_METHOD = Column("method", "method", numeric=False)


def main_table(summary: BenchmarkSummary, target: Target) -> Table:
    """One row a method: error, difference to the training mean, agreement, error against the exact truth, cost."""
    scores = summary.scores(target)
    has_exact = any(score.exact for score in scores.values())
    has_mean = REFERENCE in scores and len(scores) > 1
    columns = [_METHOD, Column("mae", "MAE (95 %)", interval=True)]
    if has_mean:
        columns += [
            Column("minus_mean", "minus training mean (95 %)", interval=True, signed=True),
            Column("p", "p", numeric=True),
        ]
    columns += [Column("r2", "R²"), Column("bias", "bias")]
    if has_exact:
        columns.append(Column("exact", "MAE against exact truth (95 %)", interval=True))
    columns += [Column("cpu", "CPU s a participant"), Column("repeats", "repeats")]
    rows: list[tuple[Entry, ...]] = []
    for name, score in scores.items():
        row: list[Entry] = [name, interval(score)]
        if has_mean:
            pair = summary.pair(name, REFERENCE, target)
            row += [interval(pair) if pair else None, p_words(pair.p) if pair else None]
        row += [score.r2, " / ".join(signed(component.bias) for component in score.components.values())]
        if has_exact:
            row.append(score.exact and (score.exact.mae, *score.exact.ci95))
        rows.append((*row, seconds(score.cpu_s_per_participant), score.repeats))
    best = min(scores, key=lambda name: scores[name].mae)
    return Table(
        name=f"{target}_benchmark",
        title=f"{target.capitalize()}: mean absolute error (MAE) per participant, in points of percent",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(_main_note(summary, target, scores[best].n, has_mean=has_mean), *_floor_note(summary, target)),
        strong=(list(scores).index(best),),
    )


def pairs_table(summary: BenchmarkSummary, target: Target) -> Table:
    """Differences of every method to the best few, both sorted by error."""
    scores = summary.scores(target)
    ranked = sorted(scores, key=lambda name: scores[name].mae)
    best = ranked[:MOST_COLUMNS]
    rows = [(row, *(_difference(summary.pair(row, column, target)) for column in best)) for row in ranked]
    n = len([pair for pair in summary.pairs if pair.target == target])
    return Table(
        name=f"{target}_pairs",
        title=f"{target.capitalize()}: row minus column, in points of MAE",
        columns=(_METHOD, *(Column(name.replace("-", "_"), name) for name in best)),
        rows=tuple(rows),
        notes=(
            f"Paired by participant, on the repeats that both have; sorted by MAE{_of_best(ranked)}. A star: told "
            f"apart, p below {SIGNIFICANT} after Holm's correction over all {n} pairs. No star does not mean equal. "
            "All pairs with intervals stand in the summary.",
        ),
    )


def components_table(summary: BenchmarkSummary, target: Target) -> Table:
    """MAE, R2, and bias with limits of agreement of each of the three percentages."""
    names = TARGET_NAMES[target]
    columns = [_METHOD]
    for name in names:
        key = name.replace(" ", "_").replace("-", "_")
        columns += [
            Column(key, f"{name}: MAE"),
            Column(f"{key}_r2", "R²"),
            Column(f"{key}_bias", "bias (limits of agreement)", digits=1, interval=True, signed=True),
        ]
    rows: list[tuple[Entry, ...]] = []
    for method, score in summary.scores(target).items():
        row: list[Entry] = [method]
        for component in score.components.values():
            row += [component.mae, component.r2, (component.bias, *component.limits)]
        rows.append(tuple(row))
    return Table(
        name=f"{target}_agreement",
        title=f"{target.capitalize()}: agreement by component",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(
            "Bias: prediction minus laboratory. Between the limits of agreement lie 95 % of such differences, were "
            "they normal (Bland and Altman 1986). Each repeat by itself, then averaged: predictions are never "
            "averaged over repeats. R²: 0 is what the mean of these very participants would reach.",
        ),
    )


def assessor_table(summary: BenchmarkSummary, target: Target) -> Table | None:
    """Error by who counted in the laboratory; None where only one is known."""
    groups = {name: score.by_assessor for name, score in summary.scores(target).items()}
    title = f"{target.capitalize()}: MAE by assessor"
    return _groups_table(f"{target}_by_assessor", title, groups, "Number of participants in brackets.")


def concentration_table(summary: BenchmarkSummary, target: Target) -> Table | None:
    """Error by the laboratory's concentration; None where there is one group only."""
    groups = {name: score.by_concentration for name, score in summary.scores(target).items()}
    title = f"{target.capitalize()}: MAE by concentration, in 10⁶ cells/mL"
    return _groups_table(f"{target}_by_concentration", title, groups, "Number of participants in brackets.")


def folds_table(summary: BenchmarkSummary, target: Target) -> Table:
    """Error of each fold of the first repeats, and the range over all."""
    scores = summary.scores(target)
    places = sorted({(f.repeat, f.fold) for s in scores.values() for f in s.by_fold if f.repeat <= MOST_REPEATS})
    rows: list[tuple[Entry, ...]] = []
    for name, score in scores.items():
        by_place = {(f.repeat, f.fold): f.mae for f in score.by_fold}
        all_maes = list(by_place.values())
        rows.append((name, *(by_place.get(place) for place in places), min(all_maes), max(all_maes)))
    return Table(
        name=f"{target}_by_fold",
        title=f"{target.capitalize()}: MAE by repeat and fold",
        columns=(
            _METHOD,
            *(Column(f"repeat_{r}_fold_{f}", f"{r}.{f}") for r, f in places),
            Column("lowest", "lowest"),
            Column("highest", "highest"),
        ),
        rows=tuple(rows),
        notes=(f"Headings: repeat.fold, the first {MOST_REPEATS} repeats; lowest and highest over all repeats.",),
    )


def costs_table(summary: BenchmarkSummary) -> Table:
    """What each method is, and what it takes: one row a method, the costlier of its targets."""
    rows: list[tuple[Entry, ...]] = []
    for name, of_method in summary.methods.items():
        about, scores = summary.about[name], list(of_method.values())
        rows.append(
            (
                name,
                about.words,
                ", ".join(about.uses) or "nothing",
                seconds(_most([score.fit_cpu_s for score in scores])),
                seconds(_most([score.predict_cpu_s for score in scores])),
                seconds(_most([score.cpu_s_per_participant for score in scores])),
                count(_most([score.parameters for score in scores])),
                seconds(_most([score.peak_memory_mib for score in scores])),
            )
        )
    shared = ", ".join(f"{name} {seconds(value)} s" for name, value in summary.preparation_cpu_s.items())
    return Table(
        name="costs",
        title="Methods and what they take",
        columns=(
            _METHOD,
            Column("what", "what it is", numeric=False),
            Column("prepares", "prepares", numeric=False),
            Column("fit_cpu_s", "fit, CPU s"),
            Column("predict_cpu_s", "predict alone, CPU s"),
            Column("cpu_s", "with preparation, CPU s"),
            Column("parameters", "parameters"),
            Column("memory_mib", "peak memory, MiB"),
        ),
        rows=tuple(rows),
        notes=(
            "Fit: one fold, median; predict: one participant, median over folds; the costlier of the targets. "
            f"Preparation of one participant: {shared or 'none'}; methods that share it each carry all of it.",
        ),
    )


def interval(score: TargetScore | PairScore | Shift) -> tuple[float, float, float]:
    """A value and its interval."""
    return (score.mae if isinstance(score, TargetScore) else score.diff, *score.ci95)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)


def seconds(value: float | None) -> str | None:
    """A positive number to three digits that count, without an exponent."""
    if value is None or value == 0:
        return None if value is None else "0"
    if value < 0.001:
        return "< 0.001"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def count(value: float | int | None) -> str | None:
    """A number of parameters: ``850``, ``21 k``, ``3.4 M``."""
    if value is None:
        return None
    if value < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1e3:.0f} k" if value < 1_000_000 else f"{value / 1e6:.1f} M"


def p_words(p: float) -> str:
    """A p value to three decimals; a small one by what it lies below."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _difference(pair: PairScore | None) -> str:
    if pair is None:
        return NOTHING
    return signed(pair.diff, 2) + ("*" if pair.p < SIGNIFICANT else "")


def _groups_table(name: str, title: str, groups: dict[str, dict[str, GroupScore]], note: str) -> Table | None:
    sizes: dict[str, int] = {}
    for of_method in groups.values():
        sizes |= {group: score.n for group, score in of_method.items()}
    if len(sizes) < 2:
        return None
    rows: list[tuple[Entry, ...]] = []
    for method, of_method in groups.items():
        found = (of_method.get(group) for group in sizes)
        rows.append((method, *(score.mae if score else None for score in found)))
    columns = (_METHOD, *(Column(f"group_{k + 1}", f"{group} ({n})") for k, (group, n) in enumerate(sizes.items())))
    return Table(name=name, title=title, columns=columns, rows=tuple(rows), notes=(note,))


def _main_note(summary: BenchmarkSummary, target: Target, n: int, *, has_mean: bool) -> str:
    names = ", ".join(TARGET_NAMES[target])
    tested = (
        " Minus training mean: paired by participant on the repeats that both have, below 0 is better; p: paired "
        f"permutation, corrected by Holm's method over all {len([p for p in summary.pairs if p.target == target])} "
        "pairs."
        if has_mean
        else ""
    )
    return (
        f"Mean over {names}, each participant's repeats averaged. Intervals: bootstrap over {n} participants.{tested} "
        "R²: over all three percentages. Bias: of each, prediction minus laboratory. Bold: the lowest MAE."
    )


def _floor_note(summary: BenchmarkSummary, target: Target) -> tuple[str, ...]:
    floor = summary.floor.get(target) if summary.floor else None
    if floor is None:
        return ()
    return (
        f"Floor: a perfect method, which knows the exact truth, would have an MAE of {floor.mae:.2f} "
        f"({floor.ci95[0]:.2f} to {floor.ci95[1]:.2f}) here, since the laboratory's count is itself that far off.",
    )


def _of_best(ranked: list[str]) -> str:
    return f", columns the best {MOST_COLUMNS}" if len(ranked) > MOST_COLUMNS else ""


def _most(values: Sequence[float | int | None]) -> float | int | None:
    return max((value for value in values if value is not None), default=None)
