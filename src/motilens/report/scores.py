"""Every number of the tables, from the result alone.

Two kinds of MAE, never mixed. *Per participant*: stacks are averaged to one answer a participant, as a laboratory needs
it; participants are the unit of every interval. *Per stack*: each stack is judged on its own, as the paper does.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from motilens.config import InputType, Protocol, Target
from motilens.evaluation.metrics import (
    bootstrap_ci,
    errors_by_participant,
    fold_average,
    mae_by_component,
    mae_by_participant,
    mae_by_stack,
)
from motilens.evaluation.result import BASELINES, Cell, CrossValResult

WHAT: dict[str, str] = {
    "mean": "training mean",
    "median": "training median",
    "count": "line on log cell count seen",
    "count-lab": "line on the laboratory's log concentration",
    "I1": "one frame",
    "I2": "one frame, nine times",
    "I3": "9 consecutive frames",
    "I4": "18 consecutive frames",
}
"""What each method is, in words."""

RUN_WORD: dict[Protocol, str] = {"as-described": "fold", "as-released": "run"}
"""What the parts of an evaluation are: other participants, or the same ones with another seed."""

REFERENCE = "mean"
"""The baseline that every method is compared with, participant by participant."""

Interval = tuple[float, float, float]
"""A value and its 95 % bootstrap interval over participants: value, low, high."""


@dataclass(frozen=True)
class FoldScore:
    """One model of one fold.

    Attributes:
        label: ``fold 2``, or ``run 2`` where all runs test one fold.
        mae: per participant.
        mae_stack: per stack.
    """

    label: str
    mae: float
    mae_stack: float


@dataclass(frozen=True)
class MethodScore:
    """One method on one target.

    Attributes:
        method: ``mean``, ..., ``I4``.
        target: what is predicted.
        errors: MAE of each participant; who was tested more than once (as released) counts once, with the mean.
        mae: per participant, in points of percent, mean of the three components.
        minus_mean: difference to the training mean's error, paired by participant; None for the training mean itself.
        mae_stack: over all stacks.
        folds: fold by fold.
        average: mean over folds of the MAE per participant.
        components: MAE per participant of each component.
    """

    method: str
    target: Target
    errors: dict[str, float]
    mae: Interval
    minus_mean: Interval | None
    mae_stack: float
    folds: tuple[FoldScore, ...]
    average: float
    components: tuple[float, float, float]

    @property
    def is_model(self) -> bool:
        """Whether it looked at feature-images; a baseline did not."""
        return self.method not in BASELINES

    @property
    def n_participants(self) -> int:
        """Tested, each counted once."""
        return len(self.errors)

    @property
    def average_stack(self) -> float:
        """Mean over folds of the MAE per stack: the paper's figure."""
        return float(np.mean([fold.mae_stack for fold in self.folds]))

    @property
    def beats_the_mean(self) -> bool | None:
        """True or False where the interval of the difference excludes 0; None where it cannot be told apart."""
        if self.minus_mean is None or self.minus_mean[1] <= 0 <= self.minus_mean[2]:
            return None
        return self.minus_mean[2] < 0


@dataclass(frozen=True)
class Judged:
    """A result with its numbers.

    Attributes:
        result: what was run.
        scores: by target, all methods, baselines first, then I1 to I4; a target without any is not there.
    """

    result: CrossValResult
    scores: dict[Target, tuple[MethodScore, ...]]

    @property
    def tested(self) -> frozenset[str]:
        """Participants with a score."""
        return frozenset(p for of_target in self.scores.values() for score in of_target for p in score.errors)


def methods_of(result: CrossValResult, target: Target) -> tuple[str, ...]:
    """Methods with cells for this target: baselines first, then I1 to I4."""
    present = {cell.method for cell in result.cells if cell.target == target}
    order = (*BASELINES, *get_args(InputType))
    return tuple(m for m in order if m in present) + tuple(sorted(present - set(order)))


def cells_of(result: CrossValResult, method: str, target: Target) -> tuple[Cell, ...]:
    """A method's cells, fold by fold."""
    cells = (cell for cell in result.cells if (cell.method, cell.target) == (method, target))
    return tuple(sorted(cells, key=lambda cell: (cell.fold, cell.seed)))


def run_label(result: CrossValResult, number: int) -> str:
    """Name one of the evaluation's parts: ``fold 2``, or ``run 2`` where all runs test one fold (as released)."""
    return f"{RUN_WORD[result.protocol]} {number}"


def judge(result: CrossValResult) -> "Judged":
    """Work out every number of a result, once."""
    scores: dict[Target, tuple[MethodScore, ...]] = {
        t: tuple(score_of(result, m, t) for m in methods_of(result, t)) for t in result.targets
    }
    return Judged(result, {target: of_target for target, of_target in scores.items() if of_target})


def score_of(result: CrossValResult, method: str, target: Target) -> MethodScore:
    """Work out one method's numbers on one target."""
    cells = cells_of(result, method, target)
    errors = errors_by_participant(cells)
    of_mean = errors_by_participant(cells_of(result, REFERENCE, target)) if method != REFERENCE else {}
    differences = [error - of_mean[participant] for participant, error in errors.items() if participant in of_mean]
    everybody = [score for cell in cells for score in cell.scores]
    return MethodScore(
        method=method,
        target=target,
        errors=errors,
        mae=interval(list(errors.values())),
        minus_mean=interval(differences) if differences else None,
        mae_stack=mae_by_stack(everybody),
        folds=tuple(
            FoldScore(run_label(result, cell.fold), mae_by_participant(cell.scores), mae_by_stack(cell.scores))
            for cell in cells
        ),
        average=fold_average(cells),
        components=mae_by_component(everybody),
    )


def best_model(scores: tuple[MethodScore, ...]) -> MethodScore | None:
    """The model with the lowest MAE per participant; None where there are baselines alone."""
    models = [score for score in scores if score.is_model]
    return min(models, key=lambda score: score.mae[0]) if models else None


def interval(values: list[float]) -> Interval:
    """Mean over participants with its bootstrap interval."""
    low, high = bootstrap_ci(np.array(values))
    return float(np.mean(values)), low, high
