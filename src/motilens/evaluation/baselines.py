"""What a model must beat, fold by fold: the answers of ``methods.baselines``, scored.

A baseline that needs a number which some participant lacks is left out, and said so.
"""

from collections.abc import Sequence

import numpy as np

from motilens.arrays import triple
from motilens.config import Target
from motilens.data.names import listed, naturally
from motilens.data.values import Fit, Fold, LeftOut
from motilens.errors import FoldError
from motilens.evaluation.result import Cell, ParticipantScore
from motilens.methods.baselines import BASELINE_FITS, Baseline, BaselineData


def baseline_cells(
    data: BaselineData, folds: Sequence[Fold], *, target: Target, seed: int = 0
) -> tuple[tuple[Cell, ...], tuple[LeftOut, ...]]:
    """Fit every baseline in every fold to the training participants and score the test participants.

    Args:
        data: labels of this target, and participants.
        folds: who trains and who tests; participants without labels take no part.
        target: motility or morphology.
        seed: written into the cells, so that those of repeats of a fold are told apart; nothing is drawn.

    Returns:
        Cells, baseline by baseline and fold by fold; and the baselines that could not be fitted, with the reason.

    Raises:
        FoldError: a fold without labelled participants in training or in test.
    """
    labelled = tuple(
        Fold(
            fold=fold.fold,
            train_ids=tuple(i for i in fold.train_ids if i in data.labels),
            test_ids=tuple(i for i in fold.test_ids if i in data.labels),
        )
        for fold in folds
    )
    for fold in labelled:
        if not fold.train_ids or not fold.test_ids:
            raise FoldError(
                f"fold {fold.fold} has {len(fold.train_ids)} training and {len(fold.test_ids)} test participants with "
                f"{target} labels; allowed: at least one each; use other folds"
            )
    everyone = naturally({i for fold in labelled for i in (*fold.train_ids, *fold.test_ids)})
    cells: list[Cell] = []
    left_out: list[LeftOut] = []
    for name, baseline in BASELINE_FITS.items():
        needs = baseline.needs
        if needs is not None and (lacking := [i for i in everyone if needs(data, i) is None]):
            reason = f"{baseline.needs_words} not known of participants {listed(lacking)}"
            left_out.append(LeftOut(name=f"baseline {name} ({target})", reason=reason))
            continue
        cells.extend(_cell(name, baseline, data, fold, target=target, seed=seed) for fold in labelled)
    return tuple(cells), tuple(left_out)


def _cell(name: str, baseline: Baseline, data: BaselineData, fold: Fold, *, target: Target, seed: int) -> Cell:
    predict = baseline.fit(data, fold.train_ids)
    scores = []
    for participant in fold.test_ids:
        truth, predicted = data.labels[participant], np.clip(predict(participant), 0, 100)
        scores.append(
            ParticipantScore(
                participant=participant,
                n_stacks=data.participants[participant].n_stacks,
                truth_pct=triple(truth),
                predicted_pct=triple(predicted),
                spread_pct=(0.0, 0.0, 0.0),  # every stack of a participant gets the same answer
                stack_error_pct=triple(np.abs(predicted - truth)),
            )
        )
    fits = (Fit(what=f"baseline {name}", ids=fold.train_ids),)
    return Cell(method=name, target=target, fold=fold.fold, seed=seed, scores=tuple(scores), fits=fits)
