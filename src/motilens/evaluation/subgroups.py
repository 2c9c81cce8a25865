"""Errors in subgroups of the participants: by assessor, by concentration, by fold; needs NumPy and SciPy."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from motilens.data.participants import Participant
from motilens.errors import InputError
from motilens.evaluation.predictions import Predictions, repeat_of
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.statistics import bootstrap_ci
from motilens.evaluation.summary import FoldScore, GroupScore

NOT_KNOWN = "not known"
"""Group of participants whose assessor or concentration is not recorded; always the last group."""


def tertiles(participants: Sequence[Participant]) -> tuple[float, ...]:
    """Concentrations that divide the participants into three groups of about the same size, to three digits.

    There are fewer cuts if many concentrations are equal, and none if none is known.
    """
    known = [p.concentration for p in participants if p.concentration is not None]
    if not known:
        return ()
    cuts = (float(f"{cut:.3g}") for cut in np.quantile(known, [1 / 3, 2 / 3]))
    return tuple(sorted({cut for cut in cuts if min(known) <= cut < max(known)}))


def group_by_concentration(concentration: float | None, cuts: Sequence[float]) -> str:
    """Name the group of a concentration: ``up to 20``, ``20 to 60``, ``above 60``; a group includes its upper end.

    Raises:
        InputError: the cuts are not ascending.
    """
    if any(after <= before for before, after in pairwise(cuts)):
        raise InputError(f"cuts {list(cuts)}; allowed: rising concentrations")
    if concentration is None or not cuts:
        return NOT_KNOWN if concentration is None else "all"
    k = int(np.searchsorted(cuts, concentration, side="left"))
    if k == 0:
        return f"up to {cuts[0]:g}"
    return f"above {cuts[-1]:g}" if k == len(cuts) else f"{cuts[k - 1]:g} to {cuts[k]:g}"


def by_assessor(predictions: Predictions, participants: Mapping[str, Participant]) -> dict[str, GroupScore]:
    """Error by the assessor who counted in the laboratory, in alphabetical order."""

    def name(participant: str) -> str:
        known = participants.get(participant)
        return (known.assessor if known else None) or NOT_KNOWN

    return _grouped(predictions, name, sorted)


def by_concentration(
    predictions: Predictions, participants: Mapping[str, Participant], cuts: Sequence[float]
) -> dict[str, GroupScore]:
    """Error by the laboratory's concentration (10^6 cells per mL), from low to high."""

    def name(participant: str) -> str:
        known = participants.get(participant)
        return group_by_concentration(known.concentration if known else None, cuts)

    edges = [group_by_concentration(cut, cuts) for cut in cuts]
    order = [*edges, group_by_concentration(float("inf"), cuts)]
    return _grouped(predictions, name, lambda names: sorted(names, key=order.index))


def by_fold(predictions: Predictions, result: EvaluationResult) -> tuple[FoldScore, ...]:
    """Error of each fold of each repeat that the method took part in."""
    index = {participant: k for k, participant in enumerate(predictions.participants)}
    scores = []
    for of_repeat in result.repeats:
        for fold in of_repeat.folds:
            repeat = repeat_of(result, of_repeat.repeat, fold.fold)
            tested = tuple(i for i in fold.test_ids if i in index)
            if repeat not in predictions.repeats or not tested:
                continue
            errors = predictions.errors_on((repeat,))[[index[i] for i in tested]]
            scores.append(
                FoldScore(
                    repeat=of_repeat.repeat,
                    fold=fold.fold,
                    n=len(tested),
                    mae=float(errors.mean()),
                    mae_by_stack=predictions.mae_by_stack(tested, (repeat,)),
                )
            )
    return tuple(scores)


def _grouped(
    predictions: Predictions, name: Callable[[str], str], ordered: Callable[[set[str]], list[str]]
) -> dict[str, GroupScore]:
    names = [name(participant) for participant in predictions.participants]
    known = ordered(set(names) - {NOT_KNOWN}) + ([NOT_KNOWN] if NOT_KNOWN in names else [])
    found = {}
    for group in known:
        errors = predictions.errors[[n == group for n in names]]
        ci95 = bootstrap_ci(errors) if len(errors) > 1 else None
        found[group] = GroupScore(n=len(errors), mae=float(errors.mean()), ci95=ci95)
    return found
