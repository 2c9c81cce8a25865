"""How wrong predictions are, in points of percent; needs NumPy alone.

Two kinds of mean absolute error, never mixed. With y the laboratory's three percentages of a participant, p_s what
stack s of that participant's n stacks says, and c one of the three components:

- per participant, as a laboratory uses it: ``mean over participants and c of |mean over s of p_sc - y_c|``;
- per stack, as the paper does: ``mean over all stacks and c of |p_sc - y_c|``, and who has more stacks weighs more.

Averaging over stacks first can only lower the error of a participant (the triangle inequality), so the first is at most
the second where all have equally many stacks.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from motilens.data.names import naturally
from motilens.errors import InputError
from motilens.evaluation.result import Cell, ParticipantScore

Errors = Float[np.ndarray, "participant 3"]
"""Errors by participant and component, in points."""

PerParticipant = Float[np.ndarray, " participant"]
"""One number a participant."""


def signed_errors(scores: Sequence[ParticipantScore]) -> Errors:
    """Prediction minus truth of each participant: positive where too much was predicted.

    Raises:
        InputError: nobody.
    """
    if not scores:
        raise InputError("no participant to score; allowed: at least one")
    return np.array([score.predicted_pct for score in scores]) - np.array([score.truth_pct for score in scores])


def mae_by_participant(scores: Sequence[ParticipantScore]) -> float:
    """Mean absolute error per participant, over participants and components. Raises InputError for nobody."""
    return float(np.abs(signed_errors(scores)).mean())


def mae_by_component(scores: Sequence[ParticipantScore]) -> tuple[float, float, float]:
    """Mean absolute error per participant of each component. Raises InputError for nobody."""
    first, second, third = np.abs(signed_errors(scores)).mean(axis=0)
    return float(first), float(second), float(third)


def mae_by_stack(scores: Sequence[ParticipantScore]) -> float:
    """Mean absolute error per stack, over stacks and components.

    Raises:
        InputError: nobody, or no stack.
    """
    weights = np.array([score.n_stacks for score in scores])
    if weights.sum() <= 0:
        raise InputError(
            f"{len(scores)} participants with {weights.sum():g} stacks to score; allowed: at least one stack"
        )
    return float(np.average([np.mean(score.stack_error_pct) for score in scores], weights=weights))


def bias(scores: Sequence[ParticipantScore]) -> tuple[float, float, float]:
    """Mean of prediction minus truth of each component. Raises InputError for nobody."""
    first, second, third = signed_errors(scores).mean(axis=0)
    return float(first), float(second), float(third)


def r2(scores: Sequence[ParticipantScore]) -> tuple[float | None, float | None, float | None]:
    """Coefficient of determination of each component over participants: ``1 - sum (p - y)^2 / sum (y - mean y)^2``.

    0 is what the mean of these very participants would reach; a training mean is a little below. None where the truth
    does not vary. Raises InputError for nobody.
    """
    truth = np.array([score.truth_pct for score in scores])
    first, second, third = (determination(e, y) for e, y in zip(signed_errors(scores).T, truth.T, strict=True))
    return first, second, third


def determination(errors: PerParticipant, truth: PerParticipant) -> float | None:
    """``r2`` of one percentage, from prediction minus truth and truth; None where the truth does not vary."""
    total = float(((truth - truth.mean()) ** 2).sum())
    return None if total == 0 else 1 - float((errors**2).sum()) / total


def errors_by_participant(cells: Iterable[Cell]) -> dict[str, float]:
    """Mean absolute error of each participant over components; one tested more than once counts once, with the mean.

    Participants are the unit of every interval: repeats of one (as released: fold 1 three times) are not new evidence.
    """
    errors: dict[str, list[float]] = {}
    for cell in cells:
        for score in cell.scores:
            errors.setdefault(score.participant, []).append(mae_by_participant([score]))
    return {participant: float(np.mean(errors[participant])) for participant in naturally(errors)}


def fold_average(cells: Sequence[Cell]) -> float:
    """Mean over folds of the MAE per participant, each fold with the same weight, as the paper averages.

    Raises:
        InputError: no fold, or one with nobody.
    """
    if not cells:
        raise InputError("no fold to average over; allowed: at least one")
    return float(np.mean([mae_by_participant(cell.scores) for cell in cells]))


def bootstrap_ci(
    values: PerParticipant, *, n: int = 2000, seed: int | np.random.Generator = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean over participants (Efron 1979, doi 10.1214/aos/1176344552).

    Participants are drawn with replacement ``n`` times, as many as there are; the interval is from the (1 - level)/2 to
    the (1 + level)/2 quantile of the means. The same seed draws the same participants for every method.

    Args:
        values: one number a participant: an error, or a paired difference of errors.
        n: resamples.
        seed: of the draw, or the generator to draw from.
        level: share of the means inside.

    Returns:
        Low and high end, in the values' unit; both are the value itself for a single participant.

    Raises:
        InputError: no value or one that is not finite, no resample, or a level outside 0-1.
    """
    if len(values) == 0 or not np.isfinite(values).all():
        raise InputError(f"no interval over {len(values)} values; allowed: at least one, all finite")
    if n < 1 or not 0 < level < 1:
        raise InputError(f"{n} resamples at level {level}; allowed: at least one, and a level between 0 and 1")
    chance = np.random.default_rng(seed)
    means = [values[chance.integers(len(values), size=len(values))].mean() for _ in range(n)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
