"""A method's answers as arrays, whole or refused; needs NumPy alone.

Repeats are other trainings on the same people. They are averaged *after* the error is taken: predictions averaged over
repeats would be an ensemble of several trainings, which is another method than the one that was run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from motilens.config import Target
from motilens.data.names import listed, naturally
from motilens.errors import DataError, MismatchError
from motilens.evaluation.benchmark.values import BenchmarkResult, Triple

Predictions = Float[np.ndarray, "repeat participant 3"]
Truth = Float[np.ndarray, "participant 3"]
OfEach = Float[np.ndarray, " participant"]


@dataclass(frozen=True)
class Answers:
    """One method on one target.

    Attributes:
        method: its name.
        target: what was predicted.
        repeats: their numbers.
        participants: in natural order.
        predicted: percent.
        label: what the laboratory counted, percent.
        exact: what that count was drawn from, percent; None where it is not known.
    """

    method: str
    target: Target
    repeats: tuple[int, ...]
    participants: tuple[str, ...]
    predicted: Predictions
    label: Truth
    exact: Truth | None

    @cached_property
    def errors(self) -> OfEach:
        """Mean absolute error of each participant over components and repeats, in points."""
        return error_of_each(self.predicted, self.label)

    @cached_property
    def exact_errors(self) -> OfEach | None:
        """The same against the exact truth; None where it is not known."""
        return None if self.exact is None else error_of_each(self.predicted, self.exact)

    @cached_property
    def label_errors(self) -> OfEach | None:
        """How far the laboratory's count is from the exact truth: the error of a perfect method."""
        return None if self.exact is None else error_of_each(self.label[None], self.exact)

    def errors_on(self, repeats: tuple[int, ...]) -> OfEach:
        """``errors`` on some of the repeats."""
        return error_of_each(self.predicted[[self.repeats.index(r) for r in repeats]], self.label)


def error_of_each(predicted: Predictions, truth: Truth) -> OfEach:
    """Mean absolute error of each participant, over repeats and components."""
    return np.abs(predicted - truth).mean(axis=(0, 2))


def on_common_repeats(first: Answers, second: Answers) -> tuple[tuple[int, ...], OfEach, OfEach]:
    """Errors of two methods where both were tried: on the same participants and the same repeats.

    Returns:
        The repeats that both have, and each method's error of each participant on those.

    Raises:
        MismatchError: not the same participants, or no repeat in common.
    """
    if first.participants != second.participants:
        odd = naturally(set(first.participants) ^ set(second.participants))
        raise MismatchError(
            f"only one of {first.method} and {second.method} answers for participants {listed(odd)} ({first.target}); "
            "compare methods on the same participants"
        )
    repeats = tuple(r for r in first.repeats if r in second.repeats)
    if not repeats:
        raise MismatchError(f"{first.method} and {second.method} have no repeat in common; run both on repeat 1")
    return repeats, first.errors_on(repeats), second.errors_on(repeats)


def answers_of(result: BenchmarkResult, method: str, target: Target) -> Answers | None:
    """Gather a method's answers; None if it gave none for this target.

    Raises:
        DataError: someone is answered for in one repeat and not in another, twice in one, or has no label.
    """
    by_repeat: dict[int, dict[str, Triple]] = {}
    for cell in result.cells:
        if (cell.method, cell.target) != (method, target):
            continue
        known = by_repeat.setdefault(cell.repeat, {})
        for answer in cell.answers:
            if answer.participant in known:
                raise DataError(
                    f"{method} answers twice for participant {answer.participant} in repeat {cell.repeat} ({target}); "
                    "allowed: once; run the same benchmark again"
                )
            known[answer.participant] = answer.predicted_pct
    if not by_repeat:
        return None
    everyone = naturally({participant for known in by_repeat.values() for participant in known})
    for repeat, known in by_repeat.items():
        if lacking := [i for i in everyone if i not in known]:
            raise DataError(
                f"{method} has no answer for participants {listed(lacking)} in repeat {repeat} ({target}); allowed: "
                "the same ones in every repeat; run the same benchmark again, it goes on where it stopped"
            )
    repeats = tuple(sorted(by_repeat))
    exact = result.exact.get(target) if result.exact is not None else None
    return Answers(
        method=method,
        target=target,
        repeats=repeats,
        participants=everyone,
        predicted=np.array([[by_repeat[r][i] for i in everyone] for r in repeats], np.float64),
        label=_truth("label", result.labels.get(target, {}), everyone, target),
        exact=None if exact is None else _truth("exact truth", exact, everyone, target),
    )


def _truth(what: str, known: Mapping[str, Triple], everyone: tuple[str, ...], target: Target) -> Truth:
    if lacking := [i for i in everyone if i not in known]:
        raise DataError(
            f"participants {listed(lacking)} have no {what} of {target}; allowed: one for everyone who is answered for"
        )
    return np.array([known[i] for i in everyone], np.float64)
