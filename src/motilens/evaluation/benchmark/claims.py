"""The paper's claims, checked on our data: yes, no, or can't tell; needs NumPy alone.

Thambawita et al. 2019 (arXiv 1911.03100) report that inputs without time (I1, I2) do as well as each other and as the
training mean, that 9 frames (I3) do better on motility and 18 (I4) better still, and that no input changes morphology.
A claim is judged by the 95 % interval of paired differences of participants' errors, a minus b, and by a margin of one
point: less matters to no laboratory (counting 400 cells costs 1.7).

- ``equal``: *yes* where the whole interval lies within the margin on both sides of 0; *no* where it excludes 0 and the
  difference seen is larger than the margin.
- ``better``: *yes* where the whole interval lies below 0; else *no* where it excludes an advantage as large as the
  margin.
- ``no better`` is the contrary of ``better``: its yes is the other's no.
- Else: *can't tell*. A claim of several comparisons is *no* if one of them is, *yes* if all are.

An interval that merely holds 0 never proves that two are equal: it may hold it for want of participants. The intervals
are not corrected for the number of claims, which were fixed before any data were seen.
"""

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from motilens.config import Target
from motilens.evaluation.benchmark.answers import Answers, OfEach, on_common_repeats
from motilens.evaluation.benchmark.summary import Claim, ClaimPart, Span, Verdict
from motilens.evaluation.compare import LIMITS_SD
from motilens.evaluation.metrics import bootstrap_ci

MARGIN = 1.0
"""Points that count as a difference."""

VISEM_PARTICIPANTS = 85

AUTOENCODERS = ("paper", "stable")
"""Beginnings of the names of methods that follow the paper: ``paper-I1``."""

REFERENCE = "mean"
"""The training mean."""

Kind = Literal["equal", "better", "no better"]

_CLAIMS: tuple[tuple[str, Target, Kind, tuple[tuple[str, str], ...]], ...] = (
    ("I1 = I2 = training mean", "motility", "equal", (("I1", "I2"), ("I1", REFERENCE), ("I2", REFERENCE))),
    ("I3 is better than I1", "motility", "better", (("I3", "I1"),)),
    ("I4 is better than I3", "motility", "better", (("I4", "I3"),)),
    ("no input beats the training mean", "morphology", "no better", tuple((f"I{k}", REFERENCE) for k in range(1, 5))),
)


def check_claims(answers: Mapping[Target, Mapping[str, Answers]]) -> tuple[Claim, ...]:
    """Check every claim for which any comparison can be made.

    Args:
        answers: by target and method.
    """
    claims = []
    for autoencoder in AUTOENCODERS:
        for words, target, kind, comparisons in _CLAIMS:
            known = answers.get(target, {})
            named = [tuple(n if n == REFERENCE else f"{autoencoder}-{n}" for n in pair) for pair in comparisons]
            parts = tuple(_part(known[a], known[b], kind) for a, b in named if a in known and b in known)
            if parts:
                verdict = together([part.verdict for part in parts], whole=len(parts) == len(comparisons))
                claims.append(
                    Claim(claim=words, autoencoder=autoencoder, target=target, kind=kind, verdict=verdict, parts=parts)
                )
    return tuple(claims)


def verdict_of(kind: Kind, diff: float, ci95: Span, *, margin: float = MARGIN) -> Verdict:
    """Judge one comparison by its interval, as the module's docstring says."""
    low, high = ci95
    if kind == "equal":
        if -margin < low and high < margin:
            return "yes"
        return "no" if (low > 0 or high < 0) and abs(diff) > margin else "can't tell"
    is_better: Verdict = "yes" if high < 0 else "no" if low > -margin else "can't tell"
    if kind == "better" or is_better == "can't tell":
        return is_better
    return "no" if is_better == "yes" else "yes"


def together(verdicts: list[Verdict], *, whole: bool = True) -> Verdict:
    """Verdict of a claim of several comparisons; one of which some could not be made is never yes."""
    if "no" in verdicts:
        return "no"
    return "yes" if whole and set(verdicts) == {"yes"} else "can't tell"


def participants_needed(sd: float, diff: float) -> int | None:
    """Participants for a 95 % half-width of a mean paired difference below a given difference.

    ``n = (1.96 sd / diff)^2``, rounded up: with so many the interval would just exclude 0, were the difference that
    one. To see it four times out of five takes twice as many.

    Args:
        sd: standard deviation of the participants' differences, in points.
        diff: the difference to be told from 0, in points.

    Returns:
        At least 2; None for a difference of 0, which no number of participants can tell from 0.
    """
    return None if abs(diff) < 1e-9 else max(2, math.ceil((LIMITS_SD * sd / diff) ** 2))


def spread(differences: OfEach) -> float:
    """Standard deviation over participants; 0 for a single one."""
    return float(differences.std(ddof=1)) if len(differences) > 1 else 0.0


def _part(first: Answers, second: Answers, kind: Kind) -> ClaimPart:
    _, one, other = on_common_repeats(first, second)
    differences = np.asarray(one - other)
    diff, ci95 = float(differences.mean()), bootstrap_ci(differences)
    return ClaimPart(
        a=first.method,
        b=second.method,
        diff=diff,
        ci95=ci95,
        verdict=verdict_of(kind, diff, ci95),
        sd=spread(differences),
        n_for_seen=participants_needed(spread(differences), diff),
        n_for_margin=participants_needed(spread(differences), MARGIN) or 2,
        half_width_85=LIMITS_SD * spread(differences) / math.sqrt(VISEM_PARTICIPANTS),
    )
