"""Selects the training participants that have tracks, for methods that are fitted to tracks."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.data.names import listed
from motilens.errors import TrackError
from motilens.methods.method import TrainingSet

LEAST_PARTICIPANTS = 3
"""Smallest number of participants for a fit; with fewer, it would be no better than their mean."""


@dataclass(frozen=True)
class TrackedParticipants:
    """Training participants with tracks.

    Attributes:
        ids: IDs in the order of the training set.
        mean_pct: mean label of all training participants, with tracks or without.
        notes: notes on participants that have no tracks and are left out of the fit.
    """

    ids: tuple[str, ...]
    mean_pct: Float[np.ndarray, "3"]
    notes: tuple[str, ...]


def tracked_participants(training: TrainingSet, tracked: Collection[str]) -> TrackedParticipants:
    """Select the training participants that have tracks.

    Args:
        training: participants and labels.
        tracked: IDs of participants with tracks.

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
