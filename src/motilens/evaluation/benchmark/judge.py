"""From a benchmark's answers to its numbers; pure, needs NumPy alone.

- **Participants are the unit.** A participant's error is one number: mean absolute error over the three components,
  averaged over repeats. Repeats are new trainings, not new people; they narrow no interval by their number.
- **R2, bias and limits of agreement** are worked out in each repeat by itself and then averaged. Predictions are never
  averaged over repeats, which would judge an ensemble.
- **Pairs** are compared on the repeats that both methods have, the same participants and folds; p is that of a paired
  permutation test, corrected by Holm's method over all pairs of the target.
- **Simulated data** know the percentages that the laboratory's count was drawn from. The mean distance between the two
  is the floor: what a perfect method would score against the counts. ``excess`` is what lies above it.
- **Cost at prediction** is that of the method's own prediction plus the preparation it uses: decoding and cutting
  (``stacks``), finding and following heads (``tracks``). Methods that share a preparation each carry all of it.

Intervals don't know that other training participants would have made other models: they are about these models on other
people, and a little too narrow for methods on other people.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np
from jaxtyping import Float

from motilens.config import TARGET_NAMES, Target
from motilens.errors import DataError
from motilens.evaluation.benchmark.answers import Answers, OfEach, answers_of, on_common_repeats
from motilens.evaluation.benchmark.breakdowns import by_assessor, by_concentration, by_fold, tertiles
from motilens.evaluation.benchmark.claims import MARGIN, check_claims
from motilens.evaluation.benchmark.summary import (
    About,
    BenchmarkSummary,
    ComponentScore,
    Measured,
    PairScore,
    Shift,
    TargetScore,
)
from motilens.evaluation.benchmark.values import BenchmarkCell, BenchmarkResult, MethodAbout
from motilens.evaluation.compare import Agreement, agreement, compare, holm
from motilens.evaluation.metrics import bootstrap_ci

SEED = 0
"""Of the drawn participants and signs; the same ones for every method and pair."""


def summary(result: BenchmarkResult, *, cuts: Sequence[float] | None = None) -> dict[str, Any]:
    """``summarise`` as a JSON value."""
    return summarise(result, cuts=cuts).model_dump(mode="json")


def summarise(result: BenchmarkResult, *, cuts: Sequence[float] | None = None) -> BenchmarkSummary:
    """Work out every number of a benchmark, once.

    Args:
        result: a finished benchmark.
        cuts: between groups of concentration, in 10^6 cells per mL; tertiles of the participants if None.

    Raises:
        DataError: answers that are not whole.
        MismatchError: methods that do not answer for the same participants.
    """
    answers: dict[Target, dict[str, Answers]] = {}
    for target in result.targets:
        found = {method.name: answers_of(result, method.name, target) for method in result.methods}
        answers[target] = {name: of_method for name, of_method in found.items() if of_method is not None}
    cuts = tertiles(result.participants) if cuts is None else tuple(cuts)
    return BenchmarkSummary(
        dataset=result.dataset,
        version=result.motilens_version,
        command=result.command,
        data_fingerprint=result.data_fingerprint,
        versions=result.versions,
        n_participants=len({i for known in answers.values() for each in known.values() for i in each.participants}),
        left_out=len(result.left_out),
        about={m.name: About(words=m.words, cost=m.cost, uses=m.uses) for m in result.methods},
        methods={
            method.name: {
                target: target_score(result, method, known[method.name], cuts)
                for target, known in answers.items()
                if method.name in known
            }
            for method in result.methods
        },
        pairs=tuple(pair for target, known in answers.items() for pair in pairs_of(target, known)),
        floor=_floor(answers) if result.exact is not None else None,
        claims=check_claims(answers),
        margin=MARGIN,
        concentration_cuts=cuts,
        preparation_cpu_s=result.preparation_cpu_s,
    )


def target_score(result: BenchmarkResult, method: MethodAbout, answers: Answers, cuts: Sequence[float]) -> TargetScore:
    """Work out one method's numbers on one target."""
    participants = {p.participant: p for p in result.participants}
    own, exact, floor = answers.errors, answers.exact_errors, answers.label_errors
    cells = [c for c in result.cells if (c.method, c.target) == (method.name, answers.target)]
    costs = [cell.costs for cell in cells if cell.costs is not None]
    predict_cpu_s = median(c.predict_cpu_s for c in costs) if costs else None
    memory = [c.peak_memory_mib for c in costs if c.peak_memory_mib is not None]
    return TargetScore(
        mae=float(own.mean()),
        ci95=bootstrap_ci(own, seed=SEED),
        cpu_s_per_participant=None if predict_cpu_s is None else predict_cpu_s + preparation_cpu_s(result, method),
        n=len(answers.participants),
        repeats=len(answers.repeats),
        r2=overall_r2(answers),
        components={name: component_score(answers, k) for k, name in enumerate(TARGET_NAMES[answers.target])},
        exact=None if exact is None else _measured(exact),
        excess=None if floor is None else _shift(own - floor),
        by_assessor=by_assessor(answers, participants),
        by_concentration=by_concentration(answers, participants, cuts),
        by_fold=by_fold(answers, result),
        fit_cpu_s=median(c.fit_cpu_s for c in costs) if costs else None,
        predict_cpu_s=predict_cpu_s,
        peak_memory_mib=max(memory) if memory else None,
        parameters=_parameters(cells),
    )


def component_score(answers: Answers, component: int) -> ComponentScore:
    """Error and agreement of one of the three percentages, averaged over repeats."""
    label = answers.label[:, component]
    if len(label) > 1:
        found = [agreement(predicted, label) for predicted in answers.predicted[:, :, component]]
    else:
        biases = [float(predicted[0] - label[0]) for predicted in answers.predicted[:, :, component]]
        found = [Agreement(bias=bias, limits=(bias, bias), r2=None) for bias in biases]
    r2 = [each.r2 for each in found if each.r2 is not None]
    return ComponentScore(
        mae=float(np.abs(answers.predicted[:, :, component] - label).mean()),
        r2=float(np.mean(r2)) if r2 else None,
        bias=float(np.mean([each.bias for each in found])),
        limits=(float(np.mean([each.limits[0] for each in found])), float(np.mean([each.limits[1] for each in found]))),
    )


def overall_r2(answers: Answers) -> float | None:
    """``1 - sum (p - y)^2 / sum (y - mean y)^2`` with sums over participants and components, averaged over repeats."""
    total = float(((answers.label - answers.label.mean(axis=0)) ** 2).sum())
    missed = ((answers.predicted - answers.label) ** 2).sum(axis=(1, 2))
    return None if total == 0 else float(np.mean(1 - missed / total))


def pairs_of(target: Target, answers: Mapping[str, Answers]) -> tuple[PairScore, ...]:
    """Compare all methods of a target pair by pair, in the order of the methods; p corrected over all of them."""
    found = []
    for a, b in combinations(answers, 2):
        repeats, one, other = on_common_repeats(answers[a], answers[b])
        # Always the same draws: what a pair says does not depend on which other methods are there.
        found.append((a, b, len(repeats), compare(one, other, chance=np.random.default_rng(SEED))))
    corrected: Float[np.ndarray, " pair"] = holm(np.array([difference.p for *_, difference in found], np.float64))
    return tuple(
        PairScore(a=a, b=b, target=target, diff=d.diff, ci95=d.ci95, p=float(p_holm), p_raw=d.p, repeats=repeats)
        for (a, b, repeats, d), p_holm in zip(found, corrected, strict=True)
    )


def preparation_cpu_s(result: BenchmarkResult, method: MethodAbout) -> float:
    """Seconds a participant for all preparation that a method uses.

    Raises:
        DataError: the result does not say what one of them takes.
    """
    if unknown := [name for name in method.uses if name not in result.preparation_cpu_s]:
        raise DataError(
            f"method {method.name} uses {', '.join(unknown)}, but the result has the cost of "
            f"{', '.join(result.preparation_cpu_s) or 'no preparation'}; run the same benchmark again"
        )
    return sum((result.preparation_cpu_s[name] for name in method.uses), 0.0)


def _floor(answers: Mapping[Target, Mapping[str, Answers]]) -> dict[Target, Measured]:
    """What a perfect method would score against the laboratory's counts."""
    floors: dict[Target, Measured] = {}
    for target, known in answers.items():
        errors = next((each.label_errors for each in known.values()), None)
        if errors is not None:
            floors[target] = _measured(errors)
    return floors


def _measured(errors: OfEach) -> Measured:
    return Measured(mae=float(errors.mean()), ci95=bootstrap_ci(errors, seed=SEED))


def _shift(differences: OfEach) -> Shift:
    return Shift(diff=float(differences.mean()), ci95=bootstrap_ci(differences, seed=SEED))


def _parameters(cells: Sequence[BenchmarkCell]) -> int | None:
    known = [cell.n_parameters for cell in cells if cell.n_parameters is not None]
    return round(median(known)) if known else None
