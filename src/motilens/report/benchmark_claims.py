"""The paper's claims as a table: what was seen on our data, and how many participants would tell."""

from motilens.config import Target
from motilens.evaluation.benchmark.claims import REFERENCE, VISEM_PARTICIPANTS, participants_needed
from motilens.evaluation.benchmark.summary import BenchmarkSummary, ClaimPart
from motilens.report.published import PUBLISHED, SOURCE
from motilens.report.table import Column, Entry, Table


def claims_table(summary: BenchmarkSummary) -> Table | None:
    """One row a comparison, the claim and its verdict in the first of them; None where no claim was tried."""
    rows: list[tuple[Entry, ...]] = []
    for claim in summary.claims:
        for k, part in enumerate(claim.parts):
            head = (claim.claim, claim.target, claim.autoencoder, claim.verdict) if k == 0 else ("", "", "", "")
            published = published_difference(part, claim.target)
            rows.append(
                (
                    *head,
                    f"{_short(part.a)} minus {_short(part.b)}",
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
        name="claims",
        title="The paper's claims on these data",
        columns=(
            Column("claim", "claim", numeric=False),
            Column("target", "target", numeric=False),
            Column("autoencoder", "autoencoder", numeric=False),
            Column("verdict", "verdict", numeric=False),
            Column("comparison", "comparison", numeric=False),
            Column("diff", "difference in MAE (95 %)", interval=True, signed=True),
            Column("part", "by itself", numeric=False),
            Column("published", "published difference", signed=True),
            Column("half_width_85", f"± with {VISEM_PARTICIPANTS}"),
            Column("n_for_seen", "n for the difference seen"),
            Column("n_for_margin", f"n for {summary.margin:g} point"),
            Column("n_for_published", "n for the published"),
        ),
        rows=tuple(rows),
        notes=(
            f"Equal: yes if the whole interval lies within {summary.margin:g} point of 0, no if it excludes 0 and the "
            "difference is larger than that. Better: yes if the whole interval lies below 0, else no if it excludes "
            f"an advantage of {summary.margin:g} point. Beats none: the contrary of better. Else: can't tell. "
            "Intervals are not corrected for the number of claims.",
            f"± with {VISEM_PARTICIPANTS}: half of the 95 % interval that as many participants as VISEM has would "
            "give, if they differ as these do. n: participants for which that half is smaller than a difference; to "
            f"see it four times out of five takes twice as many. Published: {SOURCE}, per stack, without intervals.",
        ),
    )


def published_difference(part: ClaimPart, target: Target) -> float | None:
    """The same difference of the paper's averages; None where it has none, or where they are equal to its digits."""
    figures = {str(name): row.average for name, row in PUBLISHED[target].items()}
    a, b = _short(part.a), _short(part.b)
    return figures[a] - figures[b] if a in figures and b in figures else None


def _short(method: str) -> str:
    return "training mean" if method == REFERENCE else method.rpartition("-")[2]
