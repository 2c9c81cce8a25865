"""Where a method errs: by assessor, by concentration, by fold; needs NumPy alone."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from motilens.data.values import Participant
from motilens.errors import InputError
from motilens.evaluation.benchmark.answers import Answers, OfEach, error_of_each
from motilens.evaluation.benchmark.summary import FoldScore, GroupScore
from motilens.evaluation.benchmark.values import BenchmarkResult
from motilens.evaluation.metrics import bootstrap_ci

NOT_KNOWN = "not known"
"""An assessor or a concentration that nobody wrote down; always the last group."""


def tertiles(participants: Sequence[Participant]) -> tuple[float, ...]:
    """Concentrations that part the participants into three groups of about the same size, to three digits.

    Fewer cuts where many are equal, none where none is known.
    """
    known = [p.concentration for p in participants if p.concentration is not None]
    if not known:
        return ()
    cuts = (float(f"{cut:.3g}") for cut in np.quantile(known, [1 / 3, 2 / 3]))
    return tuple(sorted({cut for cut in cuts if min(known) <= cut < max(known)}))


def group_by_concentration(concentration: float | None, cuts: Sequence[float]) -> str:
    """Name the group of a concentration: ``up to 20``, ``20 to 60``, ``above 60``; upper ends belong to a group.

    Raises:
        InputError: cuts that do not rise.
    """
    if any(after <= before for before, after in pairwise(cuts)):
        raise InputError(f"cuts {list(cuts)}; allowed: rising concentrations")
    if concentration is None or not cuts:
        return NOT_KNOWN if concentration is None else "all"
    k = int(np.searchsorted(cuts, concentration, side="left"))
    if k == 0:
        return f"up to {cuts[0]:g}"
    return f"above {cuts[-1]:g}" if k == len(cuts) else f"{cuts[k - 1]:g} to {cuts[k]:g}"


def by_assessor(answers: Answers, participants: Mapping[str, Participant]) -> dict[str, GroupScore]:
    """Error by who counted in the laboratory, in alphabetical order."""

    def name(participant: str) -> str:
        about = participants.get(participant)
        return (about.assessor if about else None) or NOT_KNOWN

    return _grouped(answers, name, sorted)


def by_concentration(
    answers: Answers, participants: Mapping[str, Participant], cuts: Sequence[float]
) -> dict[str, GroupScore]:
    """Error by the laboratory's concentration in 10^6 cells per mL, from low to high."""

    def name(participant: str) -> str:
        about = participants.get(participant)
        return group_by_concentration(about.concentration if about else None, cuts)

    edges = [group_by_concentration(cut, cuts) for cut in cuts]
    order = [*edges, group_by_concentration(float("inf"), cuts)]
    return _grouped(answers, name, lambda names: sorted(names, key=order.index))


def by_fold(answers: Answers, result: BenchmarkResult) -> tuple[FoldScore, ...]:
    """Error of each fold of each repeat."""
    index = {participant: k for k, participant in enumerate(answers.participants)}
    scores = []
    for of_repeat in result.repeats:
        if of_repeat.repeat not in answers.repeats:
            continue
        predicted = answers.predicted[[answers.repeats.index(of_repeat.repeat)]]
        errors = error_of_each(predicted, answers.label)
        for fold in of_repeat.folds:
            own = [index[i] for i in fold.test_ids if i in index]
            if own:
                mae = float(errors[own].mean())
                scores.append(FoldScore(repeat=of_repeat.repeat, fold=fold.fold, n=len(own), mae=mae))
    return tuple(scores)


def _grouped(
    answers: Answers, name: Callable[[str], str], ordered: Callable[[set[str]], list[str]]
) -> dict[str, GroupScore]:
    names = [name(participant) for participant in answers.participants]
    known = ordered(set(names) - {NOT_KNOWN}) + ([NOT_KNOWN] if NOT_KNOWN in names else [])
    return {group: _score(answers.errors[[n == group for n in names]]) for group in known}


def _score(errors: OfEach) -> GroupScore:
    ci95 = bootstrap_ci(errors) if len(errors) > 1 else None
    return GroupScore(n=len(errors), mae=float(errors.mean()), ci95=ci95)
