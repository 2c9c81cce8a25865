"""Scores of an evaluation, computed from its predictions; pure functions.

- **Participants are the unit.** A participant's error is one number: mean absolute error over the three percentages,
  averaged over repeats. Repeats are new trainings, not new people; more of them do not narrow an interval.
- **R2, bias and limits of agreement** are computed for each repeat by itself and then averaged. Predictions are never
  averaged over repeats, which would score an ensemble.
- **Pairs** are compared on the repeats that both methods took part in, with the same participants and folds; p comes
  from a paired permutation test and is corrected by Holm's method over all pairs of the target.
- **Simulated data** include the true percentages that the laboratory's count was drawn from. The mean error of the
  count against them is the floor: the error of a perfect method against the counts. ``excess`` is the error above it.
- **Cost at prediction** is the cost of the method's own prediction plus that of the preparation it needs: decoding and
  cutting (``stacks``), the same and counting cells (``cells``), finding and tracking heads (``tracks``). Each method
  that shares a preparation bears its full cost.

Intervals do not account for the fact that other training participants would have given other models: they describe
these fitted models on other people, and are a little too narrow for the methods as such.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median

import numpy as np
from jaxtyping import Float

from motilens.config import TARGET_NAMES, Target
from motilens.errors import DataError
from motilens.evaluation.findings import MARGIN, check_findings
from motilens.evaluation.predictions import (
    PerParticipant,
    Predictions,
    errors_on_common_repeats,
    jobs_of,
    predictions_of,
)
from motilens.evaluation.result import EvaluationResult, MethodInfo
from motilens.evaluation.statistics import agreement, bootstrap_ci, compare, holm
from motilens.evaluation.subgroups import by_assessor, by_concentration, by_fold, tertiles
from motilens.evaluation.summary import (
    REFERENCE,
    ComponentScore,
    EvaluationSummary,
    Measured,
    PairScore,
    Shift,
    TargetScore,
)

_PREPARED = ("stacks", "cells", "tracks")
"""Needs whose preparation has a cost; values from the laboratory have none."""


def summarise(result: EvaluationResult, *, cuts: Sequence[float] | None = None) -> EvaluationSummary:
    """Compute all numbers of an evaluation.

    Args:
        result: a finished evaluation.
        cuts: limits between groups of concentration, in 10^6 cells per mL; tertiles of the participants if None.

    Raises:
        DataError: predictions are incomplete.
        MismatchError: methods do not predict the same participants.
    """
    predictions: dict[Target, dict[str, Predictions]] = {}
    for target in result.targets:
        found = {method.name: predictions_of(result, method.name, target) for method in result.methods}
        predictions[target] = {name: of_method for name, of_method in found.items() if of_method is not None}
    cuts = tertiles(result.participants) if cuts is None else tuple(cuts)
    tested = {i for known in predictions.values() for each in known.values() for i in each.participants}
    return EvaluationSummary(
        dataset=result.dataset,
        version=result.motilens_version,
        command=result.command,
        data_fingerprint=result.data_fingerprint,
        versions=result.versions,
        protocol=result.protocol,
        preset=result.preset,
        n_participants=len(tested),
        left_out=len(result.left_out),
        about={method.name: method for method in result.methods},
        methods={
            method.name: {
                target: target_score(result, method, known[method.name], known.get(REFERENCE), cuts)
                for target, known in predictions.items()
                if method.name in known
            }
            for method in result.methods
        },
        pairs=tuple(pair for target, known in predictions.items() for pair in pairs_of(target, known)),
        floor=_floor(predictions) if result.exact is not None else None,
        findings=check_findings(result.methods, predictions),
        margin=MARGIN,
        concentration_cuts=cuts,
        preparation_cpu_s=result.preparation_cpu_s,
    )


def target_score(
    result: EvaluationResult,
    method: MethodInfo,
    predictions: Predictions,
    reference: Predictions | None,
    cuts: Sequence[float],
) -> TargetScore:
    """Compute one method's numbers on one target; ``reference`` is the training mean, if it took part."""
    participants = {p.participant: p for p in result.participants}
    own, exact, floor = predictions.errors, predictions.exact_errors, predictions.label_errors
    folds = by_fold(predictions, result)
    by_stack = [fold.mae_by_stack for fold in folds if fold.mae_by_stack is not None]
    jobs = jobs_of(result, method.name, predictions.target)
    costs = [job.costs for job in jobs if job.costs is not None]
    predict_cpu_s = median(c.predict_cpu_s for c in costs) if costs else None
    memory = [c.peak_memory_mib for c in costs if c.peak_memory_mib is not None]
    parameters = [job.n_parameters for job in jobs if job.n_parameters is not None]
    return TargetScore(
        mae=float(own.mean()),
        ci95=bootstrap_ci(own),
        minus_mean=_minus(predictions, reference) if reference and method.name != REFERENCE else None,
        mae_by_stack=predictions.mae_by_stack(predictions.participants, predictions.repeats),
        fold_average=float(np.mean([fold.mae for fold in folds])),
        fold_average_by_stack=float(np.mean(by_stack)) if by_stack else None,
        cpu_s_per_participant=None if predict_cpu_s is None else predict_cpu_s + preparation_cpu_s(result, method),
        n=len(predictions.participants),
        repeats=len(predictions.repeats),
        r2=overall_r2(predictions),
        components={name: component_score(predictions, k) for k, name in enumerate(TARGET_NAMES[predictions.target])},
        exact=None if exact is None else _measured(exact),
        excess=None if floor is None else _shift(own - floor),
        by_assessor=by_assessor(predictions, participants),
        by_concentration=by_concentration(predictions, participants, cuts),
        by_fold=folds,
        fit_cpu_s=median(c.fit_cpu_s for c in costs) if costs else None,
        predict_cpu_s=predict_cpu_s,
        peak_memory_mib=max(memory) if memory else None,
        parameters=round(median(parameters)) if parameters else None,
    )


def component_score(predictions: Predictions, component: int) -> ComponentScore:
    """Error and agreement of one of the three percentages, averaged over repeats."""
    label, predicted = predictions.label[:, component], predictions.predicted[:, :, component]
    found = [agreement(of_repeat, label) for of_repeat in predicted]
    r2 = [each.r2 for each in found if each.r2 is not None]
    return ComponentScore(
        mae=float(np.abs(predicted - label).mean()),
        r2=float(np.mean(r2)) if r2 else None,
        bias=float(np.mean([each.bias for each in found])),
        limits=(float(np.mean([each.limits[0] for each in found])), float(np.mean([each.limits[1] for each in found]))),
    )


def overall_r2(predictions: Predictions) -> float | None:
    """R2, ``1 - sum (p - y)^2 / sum (y - mean y)^2`` over participants and percentages, averaged over repeats.

    None where the laboratory's values are the same for all participants.
    """
    if predictions.constant_labels:
        return None
    total = float(((predictions.label - predictions.label.mean(axis=0)) ** 2).sum())
    missed = ((predictions.predicted - predictions.label) ** 2).sum(axis=(1, 2))
    return float(np.mean(1 - missed / total))


def pairs_of(target: Target, predictions: Mapping[str, Predictions]) -> tuple[PairScore, ...]:
    """Compare all methods of a target pair by pair, in the order of the methods; p is corrected over all pairs."""
    names = tuple(combinations(predictions, 2))
    if not names:
        return ()
    found = [errors_on_common_repeats(predictions[a], predictions[b]) for a, b in names]
    differences: Float[np.ndarray, "pair participant"] = np.array([one - other for _, one, other in found])
    compared = compare(differences)
    corrected = holm(np.array([difference.p for difference in compared], np.float64))
    return tuple(
        PairScore(a=a, b=b, target=target, diff=d.diff, ci95=d.ci95, p=float(p), p_raw=d.p, repeats=len(repeats))
        for (a, b), (repeats, _, _), d, p in zip(names, found, compared, corrected, strict=True)
    )


def preparation_cpu_s(result: EvaluationResult, method: MethodInfo) -> float:
    """CPU seconds per participant for all preparation that a method needs.

    Raises:
        DataError: the result lacks the cost of a preparation that the method needs.
    """
    needed = [f"cells {method.input_type}" if name == "cells" else name for name in method.needs if name in _PREPARED]
    if unknown := [name for name in needed if name not in result.preparation_cpu_s]:
        raise DataError(
            f"method {method.name} needs {', '.join(unknown)}, but the result has the cost of "
            f"{', '.join(result.preparation_cpu_s) or 'no preparation'}; run the same evaluation again"
        )
    return sum((result.preparation_cpu_s[name] for name in needed), 0.0)


def _minus(predictions: Predictions, reference: Predictions) -> Shift:
    _, own, other = errors_on_common_repeats(predictions, reference)
    return _shift(own - other)


def _floor(predictions: Mapping[Target, Mapping[str, Predictions]]) -> dict[Target, Measured]:
    """Error of a perfect method against the laboratory's counts, by target."""
    floors: dict[Target, Measured] = {}
    for target, known in predictions.items():
        errors = next((each.label_errors for each in known.values()), None)
        if errors is not None:
            floors[target] = _measured(errors)
    return floors


def _measured(errors: PerParticipant) -> Measured:
    return Measured(mae=float(errors.mean()), ci95=bootstrap_ci(errors))


def _shift(differences: PerParticipant) -> Shift:
    return Shift(diff=float(differences.mean()), ci95=bootstrap_ci(differences))
