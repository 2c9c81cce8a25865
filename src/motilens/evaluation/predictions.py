"""A method's predictions as arrays, checked for completeness; needs only NumPy.

Repeats are further trainings on the same people. Errors are averaged over repeats, predictions are not: predictions
averaged over repeats would be an ensemble of several trainings, which is not the method that was run. The runs of
``as-released``, which test the same participants with other seeds, are treated as repeats here.

There are two kinds of mean absolute error, which are never mixed. With y the laboratory's three percentages of a
participant, p_s the prediction from stack s of that participant's n stacks, and c one of the three percentages:

- per participant, as a laboratory uses it: ``mean over participants and c of |mean over s of p_sc - y_c|``;
- per stack (or window), as the paper reports it: ``mean over all stacks and c of |p_sc - y_c|``, so that participants
  with more stacks weigh more.

Averaging over stacks first can only lower a participant's error (the triangle inequality), so the first is at most the
second if all have the same number of stacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from motilens.config import Target
from motilens.data.names import listed, naturally
from motilens.errors import DataError, MismatchError
from motilens.evaluation.result import EvaluationResult, Job, ParticipantPrediction, Triple

Predicted = Float[np.ndarray, "repeat participant 3"]
Labels = Float[np.ndarray, "participant 3"]
PerParticipant = Float[np.ndarray, " participant"]


@dataclass(frozen=True)
class Predictions:
    """Predictions of one method for one target.

    Attributes:
        method: name of the method.
        target: what was predicted.
        repeats: numbers of the repeats; for ``as-released``, numbers of the runs.
        participants: IDs in natural order.
        predicted: predictions in percent.
        part_error: mean absolute error of each participant's stacks or windows, in points; None where it is not known.
        n_parts: number of stacks or windows of each participant.
        label: what the laboratory counted, percent.
        exact: the true percentages that the count was drawn from; None where they are not known.
    """

    method: str
    target: Target
    repeats: tuple[int, ...]
    participants: tuple[str, ...]
    predicted: Predicted
    part_error: Float[np.ndarray, "repeat participant"] | None
    n_parts: Int[np.ndarray, "repeat participant"]
    label: Labels
    exact: Labels | None

    @cached_property
    def errors(self) -> PerParticipant:
        """Mean absolute error of each participant over the three percentages and repeats, in points."""
        return participant_errors(self.predicted, self.label)

    @cached_property
    def exact_errors(self) -> PerParticipant | None:
        """Like ``errors``, against the exact truth; None where it is not known."""
        return None if self.exact is None else participant_errors(self.predicted, self.exact)

    @cached_property
    def label_errors(self) -> PerParticipant | None:
        """Error of the laboratory's count against the exact truth, which is the error of a perfect method."""
        return None if self.exact is None else participant_errors(self.label[None], self.exact)

    def errors_on(self, repeats: tuple[int, ...]) -> PerParticipant:
        """Like ``errors``, on some of the repeats."""
        return participant_errors(self.predicted[self._rows(repeats)], self.label)

    def mae_by_stack(self, participants: tuple[str, ...], repeats: tuple[int, ...]) -> float | None:
        """Mean absolute error per stack or window of some participants and repeats; None where it is not known."""
        if self.part_error is None:
            return None
        chosen = np.ix_(self._rows(repeats), [self.participants.index(i) for i in participants])
        return float(np.average(self.part_error[chosen], weights=self.n_parts[chosen]))

    @property
    def constant_labels(self) -> bool:
        """Whether the laboratory's values are the same for all participants."""
        return not np.ptp(self.label, axis=0).any()

    def _rows(self, repeats: tuple[int, ...]) -> list[int]:
        return [self.repeats.index(repeat) for repeat in repeats]


def participant_errors(predicted: Predicted, label: Labels) -> PerParticipant:
    """Mean absolute error of each participant, over repeats and the three percentages."""
    return np.abs(predicted - label).mean(axis=(0, 2))


def errors_on_common_repeats(
    first: Predictions, second: Predictions
) -> tuple[tuple[int, ...], PerParticipant, PerParticipant]:
    """Errors of two methods on the same participants and on the repeats that both took part in.

    Returns:
        The common repeats, and the error of each participant for the first and for the second method.

    Raises:
        MismatchError: the methods differ in participants or have no repeat in common.
    """
    if first.participants != second.participants:
        odd = naturally(set(first.participants) ^ set(second.participants))
        raise MismatchError(
            f"only one of {first.method} and {second.method} has predictions for participants {listed(odd)} "
            f"({first.target}); compare methods on the same participants"
        )
    repeats = tuple(r for r in first.repeats if r in second.repeats)
    if not repeats:
        raise MismatchError(f"{first.method} and {second.method} have no repeat in common; run both on repeat 1")
    return repeats, first.errors_on(repeats), second.errors_on(repeats)


def repeat_of(result: EvaluationResult, repeat: int, fold: int) -> int:
    """Number of the repeat that a fold's predictions belong to; for ``as-released``, the number of the run."""
    return fold if result.protocol == "as-released" else repeat


def jobs_of(result: EvaluationResult, method: str, target: Target) -> tuple[Job, ...]:
    """Jobs of a method for a target, sorted by repeat and fold."""
    jobs = (job for job in result.jobs if (job.method, job.target) == (method, target))
    return tuple(sorted(jobs, key=lambda job: (job.repeat, job.fold)))


def predictions_of(result: EvaluationResult, method: str, target: Target) -> Predictions | None:
    """Gather a method's predictions; None if it made none for this target.

    Raises:
        DataError: a participant is predicted in one repeat and not in another, twice in one, or has no label.
    """
    by_repeat: dict[int, dict[str, ParticipantPrediction]] = {}
    for job in jobs_of(result, method, target):
        known = by_repeat.setdefault(repeat_of(result, job.repeat, job.fold), {})
        for prediction in job.predictions:
            if prediction.participant in known:
                raise DataError(
                    f"{method} predicts participant {prediction.participant} twice in repeat {job.repeat} ({target}); "
                    "allowed: once; run the same evaluation again"
                )
            known[prediction.participant] = prediction
    if not by_repeat:
        return None
    everyone = naturally({participant for known in by_repeat.values() for participant in known})
    for repeat, known in by_repeat.items():
        if lacking := [i for i in everyone if i not in known]:
            raise DataError(
                f"{method} has no prediction for participants {listed(lacking)} in repeat {repeat} ({target}); "
                "allowed: the same participants in every repeat; run the same evaluation again, it continues where "
                "it stopped"
            )
    repeats = tuple(sorted(by_repeat))
    rows = [[by_repeat[repeat][i] for i in everyone] for repeat in repeats]
    part_errors = [[None if p.part_error_pct is None else np.mean(p.part_error_pct) for p in row] for row in rows]
    is_known = all(error is not None for row in part_errors for error in row)
    exact = result.exact.get(target) if result.exact is not None else None
    return Predictions(
        method=method,
        target=target,
        repeats=repeats,
        participants=everyone,
        predicted=np.array([[p.predicted_pct for p in row] for row in rows], np.float64),
        part_error=np.array(part_errors, np.float64) if is_known else None,
        n_parts=np.array([[p.n_parts for p in row] for row in rows], np.int64),
        label=_percentages("label", result.labels.get(target, {}), everyone, target),
        exact=None if exact is None else _percentages("exact truth", exact, everyone, target),
    )


def _percentages(what: str, known: Mapping[str, Triple], everyone: tuple[str, ...], target: Target) -> Labels:
    if lacking := [i for i in everyone if i not in known]:
        raise DataError(
            f"participants {listed(lacking)} have no {what} of {target}; allowed: one for everyone who is predicted"
        )
    return np.array([known[i] for i in everyone], np.float64)
