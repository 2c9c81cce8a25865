"""Tables of comparisons: pairs of methods, and the paper's findings; pure functions."""

from motilens.config import Target
from motilens.evaluation.findings import VISEM_PARTICIPANTS, participants_needed
from motilens.evaluation.summary import SIGNIFICANT, EvaluationSummary, FindingPart, PairScore
from motilens.report.formatting import signed
from motilens.report.published import PUBLISHED, SOURCE
from motilens.report.score_tables import METHOD
from motilens.report.table import NOTHING, Column, Entry, Table

MOST_COLUMNS = 6
"""Largest number of columns of the matrix of pairs, which are the best methods."""


def pairs_table(summary: EvaluationSummary, target: Target) -> Table | None:
    """Differences of every method from the best few, both sorted by error; None for a single method."""
    scores = summary.scores(target)
    if len(scores) < 2:
        return None
    ranked = sorted(scores, key=lambda name: scores[name].mae)
    best = ranked[:MOST_COLUMNS]
    n = len([pair for pair in summary.pairs if pair.target == target])
    columns = f"; columns: the best {MOST_COLUMNS}" if len(ranked) > MOST_COLUMNS else ""
    return Table(
        name=f"{target}_pairs",
        title=f"{target.capitalize()}: row minus column, in points of MAE",
        columns=(METHOD, *(Column(name.replace("-", "_"), name) for name in best)),
        rows=tuple((row, *(_difference(summary.pair(row, column, target)) for column in best)) for row in ranked),
        notes=(
            f"Paired by participant, on common repeats; sorted by MAE{columns}. Star: significant, p below "
            f"{SIGNIFICANT} after Holm's correction over all {n} pairs, and a difference that does not round to 0.0. "
            "No star does not mean equal. All pairs with their intervals are in summary.json.",
        ),
    )


def findings_table(summary: EvaluationSummary) -> Table | None:
    """One row per comparison, with the finding and its verdict in its first row; None if no finding was checked."""
    rows: list[tuple[Entry, ...]] = []
    for finding in summary.findings:
        for k, part in enumerate(finding.parts):
            head = (finding.statement, finding.target, finding.autoencoder, finding.verdict)
            published = published_difference(summary, part, finding.target)
            rows.append(
                (
                    *(head if k == 0 else ("", "", "", "")),
                    f"{_side(summary, part.a)} minus {_side(summary, part.b)}",
                    (part.diff, *part.ci95),
                    part.verdict,
                    published,
                    part.half_width_85,
                    part.n_for_seen,
                    part.n_for_margin,
                    participants_needed(part.sd, published) if published is not None else None,
                )
            )
    if not rows:
        return None
    return Table(
        name="findings",
        title="The paper's findings on these data",
        columns=(
            Column("finding", "finding", numeric=False),
            Column("target", "target", numeric=False),
            Column("autoencoder", "autoencoder", numeric=False),
            Column("verdict", "verdict", numeric=False),
            Column("comparison", "comparison", numeric=False),
            Column("diff", "difference in MAE (95 %)", interval=True, signed=True),
            Column("part", "this comparison", numeric=False),
            Column("published", "published difference", signed=True),
            Column("half_width_85", f"± with {VISEM_PARTICIPANTS}"),
            Column("n_for_seen", "n for the observed difference"),
            Column("n_for_margin", f"n for {summary.margin:g} point"),
            Column("n_for_published", "n for the published difference"),
        ),
        rows=tuple(rows),
        notes=(
            f"Equal: yes if the whole interval lies within {summary.margin:g} point of 0, no if it excludes 0 and the "
            "difference is larger than that. Better: yes if the whole interval lies below 0 and the difference does "
            f"not round to 0.0; no if, instead, it excludes an advantage of {summary.margin:g} point. Beats none: the "
            "opposite of better. Otherwise, and where the laboratory's values do not vary: can't tell. Intervals are "
            "not corrected for the number of findings.",
            f"± with {VISEM_PARTICIPANTS}: half of the 95 % interval that {VISEM_PARTICIPANTS} participants, as many "
            "as VISEM has, would give if they differ as these do. n: participants for which that half is smaller than "
            "a difference; to find it in four studies out of five takes twice as many. Published: "
            f"{SOURCE}, per stack, without intervals.",
        ),
    )


def published_difference(summary: EvaluationSummary, part: FindingPart, target: Target) -> float | None:
    """The same difference between the paper's averages; None if the paper does not have both."""
    inputs = (summary.about[part.a].input_type, summary.about[part.b].input_type)
    a, b = (PUBLISHED[target][i].average if i is not None else None for i in inputs)
    return a - b if a is not None and b is not None else None


def _side(summary: EvaluationSummary, method: str) -> str:
    return summary.about[method].input_type or "training mean"


def _difference(pair: PairScore | None) -> str:
    if pair is None:
        return NOTHING
    return signed(pair.diff, 2) + ("*" if pair.significant else "")
