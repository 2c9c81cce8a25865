"""Scores made by hand."""

from motilens.config import Target
from motilens.evaluation.result import Cell, ParticipantScore

Triple = tuple[float, float, float]


def score(
    participant: str, truth: Triple, predicted: Triple, *, n_stacks: int = 1, stack_error: Triple | None = None
) -> ParticipantScore:
    """A participant; every stack errs as their mean does unless told otherwise."""
    e0, e1, e2 = (abs(p - t) for p, t in zip(predicted, truth, strict=True))
    return ParticipantScore(
        participant=participant,
        n_stacks=n_stacks,
        truth_pct=truth,
        predicted_pct=predicted,
        spread_pct=(0.0, 0.0, 0.0),
        stack_error_pct=stack_error or (e0, e1, e2),
    )


def cell(*scores: ParticipantScore, fold: int = 1, method: str = "I4", target: Target = "motility") -> Cell:
    """A cell of these scores."""
    return Cell(method=method, target=target, fold=fold, seed=0, scores=scores)
