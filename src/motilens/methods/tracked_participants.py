"""Which training participants have tracks; what is fitted to tracks can be fitted to nobody else."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.data.names import listed
from motilens.errors import TrackError
from motilens.methods.method import TrainingSet

LEAST_PARTICIPANTS = 3
"""A fit to fewer would say nothing that their mean does not say."""


@dataclass(frozen=True)
class TrackedParticipants:
    """Training participants with tracks.

    Attributes:
        ids: in the order of the training set.
        mean_pct: mean label of all training participants, with tracks or without.
        notes: who has no tracks and is left out of the fit.
    """

    ids: tuple[str, ...]
    mean_pct: Float[np.ndarray, "3"]
    notes: tuple[str, ...]


def tracked_participants(training: TrainingSet, tracked: Collection[str]) -> TrackedParticipants:
    """Part the training participants by whether they have tracks.

    Args:
        training: participants and labels.
        tracked: ids of those with tracks.

    Raises:
        TrackError: fewer than three have tracks.
    """
    ids = tuple(i for i in training.ids if i in tracked)
    without = [i for i in training.ids if i not in tracked]
    if len(ids) < LEAST_PARTICIPANTS:
        raise TrackError(
            f"{len(ids)} of {len(training.ids)} training participants have tracks; allowed: at least "
            f"{LEAST_PARTICIPANTS}; look for heads with a lower least_mass"
        )
    notes = (f"not in the fit because no cell was tracked: {listed(without)}",) if without else ()
    return TrackedParticipants(ids, training.labels_of(training.ids).mean(axis=0), notes)
