"""The paper's findings, checked on our data: yes, no, or can't tell.

Thambawita et al. 2019 (arXiv 1911.03100) report that inputs without time (I1, I2) do as well as each other and as the
training mean, that 9 frames (I3) do better on motility and 18 (I4) better still, and that no input beats the training
mean on morphology. Each finding is checked by the 95 % interval of the participants' paired differences in error, a
minus b, and a margin of one point: smaller differences matter to no laboratory (counting 400 cells costs 1.7).

- ``equal``: *yes* if the whole interval lies within the margin on both sides of 0; *no* if it excludes 0 and the
  observed difference is larger than the margin.
- ``better``: *yes* if the whole interval lies below 0 and the observed difference does not round to 0.0; otherwise *no*
  if it excludes an advantage as large as the margin.
- ``no better`` is the opposite of ``better``: yes and no are exchanged.
- Otherwise, and where the laboratory's values are the same for all participants: *can't tell*. A finding of several
  comparisons is *no* if one of them is, and *yes* if all are.

An interval that contains 0 does not show that two methods are equal: there may be too few participants. The intervals
are not corrected for the number of findings, which were fixed before any data were seen.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from motilens.config import AUTOENCODER_NAMES, AutoencoderName, InputType, Target
from motilens.evaluation.predictions import PerParticipant, Predictions, errors_on_common_repeats
from motilens.evaluation.result import MethodInfo
from motilens.evaluation.statistics import LIMITS_SD, bootstrap_ci
from motilens.evaluation.summary import REFERENCE, Finding, FindingPart, Span, Verdict, rounds_to_zero

MARGIN = 1.0
"""The smallest difference that matters, in points."""

VISEM_PARTICIPANTS = 85

Kind = Literal["equal", "better", "no better"]

_Side = InputType | None
"""A method with this input type; None is the training mean."""

_FINDINGS: tuple[tuple[str, Target, Kind, tuple[tuple[_Side, _Side], ...]], ...] = (
    ("I1 = I2 = training mean", "motility", "equal", (("I1", "I2"), ("I1", None), ("I2", None))),
    ("I3 is better than I1", "motility", "better", (("I3", "I1"),)),
    ("I4 is better than I3", "motility", "better", (("I4", "I3"),)),
    (
        "no input beats the training mean",
        "morphology",
        "no better",
        (("I1", None), ("I2", None), ("I3", None), ("I4", None)),
    ),
)


def check_findings(
    methods: Sequence[MethodInfo], predictions: Mapping[Target, Mapping[str, Predictions]]
) -> tuple[Finding, ...]:
    """Check each finding with each autoencoder, as far as the methods that it compares took part.

    Args:
        methods: the methods of the evaluation.
        predictions: predictions by target and method.
    """
    found = []
    for autoencoder in AUTOENCODER_NAMES:
        names = _names_by_input(methods, autoencoder)
        for statement, target, kind, comparisons in _FINDINGS:
            known = {side: predictions.get(target, {}).get(name) for side, name in names.items()}
            pairs = [(known.get(a), known.get(b)) for a, b in comparisons]
            parts = tuple(_part(a, b, kind) for a, b in pairs if a is not None and b is not None)
            if parts:
                verdict = combined([part.verdict for part in parts], complete=len(parts) == len(comparisons))
                found.append(
                    Finding(
                        statement=statement,
                        autoencoder=autoencoder,
                        target=target,
                        kind=kind,
                        verdict=verdict,
                        parts=parts,
                    )
                )
    return tuple(found)


def verdict_of(kind: Kind, diff: float, ci95: Span, *, margin: float = MARGIN) -> Verdict:
    """Verdict on one comparison from its interval, by the rules in the module's docstring."""
    low, high = ci95
    if kind == "equal":
        if -margin < low and high < margin:
            return "yes"
        return "no" if (low > 0 or high < 0) and abs(diff) > margin else "can't tell"
    is_better: Verdict = "yes" if high < 0 and not rounds_to_zero(diff) else "no" if low > -margin else "can't tell"
    if kind == "better" or is_better == "can't tell":
        return is_better
    return "no" if is_better == "yes" else "yes"


def combined(verdicts: list[Verdict], *, complete: bool = True) -> Verdict:
    """Verdict on a finding of several comparisons; never yes if some of them could not be made."""
    if "no" in verdicts:
        return "no"
    return "yes" if complete and set(verdicts) == {"yes"} else "can't tell"


def participants_needed(sd: float, diff: float) -> int | None:
    """Participants for which the 95 % half-width of a mean paired difference is smaller than a given difference.

    ``n = (1.96 sd / diff)^2``, rounded up: with this many the interval would just exclude 0 if the true difference were
    ``diff``. To detect it in four studies out of five takes twice as many.

    Args:
        sd: standard deviation of the participants' differences, in points.
        diff: the difference, in points.

    Returns:
        At least 2; None for a difference of 0, which no number of participants can show.
    """
    return None if abs(diff) < 1e-9 else max(2, math.ceil((LIMITS_SD * sd / diff) ** 2))


def _names_by_input(methods: Sequence[MethodInfo], autoencoder: AutoencoderName) -> dict[_Side, str]:
    names: dict[_Side, str] = {m.input_type: m.name for m in methods if m.autoencoder == autoencoder and m.input_type}
    return {**names, None: REFERENCE}


def _part(first: Predictions, second: Predictions, kind: Kind) -> FindingPart:
    _, one, other = errors_on_common_repeats(first, second)
    differences: PerParticipant = one - other
    diff, ci95 = float(differences.mean()), bootstrap_ci(differences)
    sd = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    return FindingPart(
        a=first.method,
        b=second.method,
        diff=diff,
        ci95=ci95,
        verdict="can't tell" if first.constant_labels else verdict_of(kind, diff, ci95),
        sd=sd,
        n_for_seen=participants_needed(sd, diff),
        n_for_margin=participants_needed(sd, MARGIN) or 2,
        half_width_85=LIMITS_SD * sd / math.sqrt(VISEM_PARTICIPANTS),
    )
