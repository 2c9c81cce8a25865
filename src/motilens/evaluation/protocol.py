"""Which participants are trained on, which choose the epoch, and which are tested.

``as-described``: three folds of participants; in each, everything that is fitted (autoencoder, scaling, weights) sees
training participants only, and if an epoch is chosen, an inner split of them chooses it.

``repeated``: the same over several draws of the folds; cheap methods take part in more of them than costly ones.

``as-released``: what the published scripts do. Each of three runs trains on all folds but the first, chooses the epoch
on the first fold and reports the first fold; only the seeds differ. Its errors are too low because the epoch is chosen
on the test fold, and the standard deviation over its "folds" is one over seeds.

Each fold has a seed of its own, so that an unlucky initialisation (dead channels) does not occur in all folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from motilens.config import MethodSettings
from motilens.data.dataset import Dataset
from motilens.data.fold_sources import fold_folders
from motilens.data.folds import Fold, Folds
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import RepeatFolds
from motilens.methods.method import Method

N_FOLDS = 3


@dataclass(frozen=True)
class FoldPlan:
    """One method in one fold of one repeat.

    Attributes:
        method: name of the method in the catalogue.
        repeat: number of the repeat, from 1.
        fold: training and test participants.
        settings: settings of the method, with the seed of this fold.
        epoch_ids: participants who choose the epoch; None for an inner split of the training participants.
    """

    method: str
    repeat: int
    fold: Fold
    settings: MethodSettings
    epoch_ids: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Name in messages and file names, such as ``tracks-physics-r1-f2``."""
        return f"{self.method}-r{self.repeat}-f{self.fold.fold}"


def folds_of(request: EvaluationRequest, dataset: Dataset) -> tuple[RepeatFolds, ...]:
    """The folds of every repeat: the first as requested, the others drawn with the seeds that follow.

    Raises:
        MissingError: there is no such fold file.
        FoldError: folds overlap, leave a participant out, name an unknown participant, or are too small.
    """
    found = []
    for repeat in range(1, request.repeats + 1):
        choice = request.folds if repeat == 1 else "made"
        folds = dataset.choose_folds(request.data, choice=choice, n_folds=N_FOLDS, seed=request.seed + repeat - 1)
        if request.protocol == "as-released":
            found.append(RepeatFolds(repeat=1, source=_released_source(folds), folds=_released_runs(folds)))
        else:
            found.append(RepeatFolds(repeat=repeat, source=folds.source, folds=folds.folds))
    return tuple(found)


def check_enough(request: EvaluationRequest, dataset: Dataset) -> None:
    """Check before any video is decoded that there are enough participants for folds that are drawn.

    Raises:
        FoldError: there are too few.
    """
    own = request.folds not in (None, "made") or (request.folds is None and fold_folders(request.data))
    if request.repeats > 1 or not own:
        dataset.choose_folds(request.data, choice="made", n_folds=N_FOLDS, seed=request.seed)


def plans_of(
    request: EvaluationRequest, methods: Sequence[Method], repeats: Sequence[RepeatFolds]
) -> tuple[FoldPlan, ...]:
    """The plans of all fits of an evaluation: cheap methods first, then costly ones, in the order of the request."""
    names = list(request.methods)
    asked = sorted(methods, key=lambda m: (m.cost != "cheap", names.index(m.name) if m.name in names else len(names)))
    return tuple(
        _plan(request, method, of_repeat.repeat, position, fold)
        for method in asked
        for of_repeat in repeats[: request.repeats_of(method)]
        for position, fold in enumerate(of_repeat.folds)
    )


def _plan(request: EvaluationRequest, method: Method, repeat: int, position: int, fold: Fold) -> FoldPlan:
    seed = request.seed + N_FOLDS * (repeat - 1) + position
    settings = request.settings(method).model_copy(update={"seed": seed})
    if request.protocol != "as-released":
        return FoldPlan(method.name, repeat, fold, settings)
    # The participants who choose the epoch are the test participants: the network must not be refitted to them.
    regressor = settings.regressor.model_copy(update={"choose_epoch": True, "refit": False})
    return FoldPlan(method.name, repeat, fold, settings.model_copy(update={"regressor": regressor}), fold.test_ids)


def _released_source(folds: Folds) -> str:
    return f"{folds.source}; fold {folds.folds[0].fold} in {N_FOLDS} runs"


def _released_runs(folds: Folds) -> tuple[Fold, ...]:
    """The first fold, whatever its number, once for each run: the published scripts validate on no other."""
    first = folds.folds[0]
    return tuple(first.model_copy(update={"fold": run}) for run in range(1, N_FOLDS + 1))


def models_folder(out: Path, plan: FoldPlan, target: str) -> Path:
    """Folder in which an evaluation saves the predictor of a job, if requested."""
    return out / "models" / f"{plan.name}-{target}"
