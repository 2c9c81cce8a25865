"""What the methods that read tracks share: their drift, who has none, and answers that can be percentages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from motilens.arrays import Percentages
from motilens.config import Target
from motilens.data.names import listed
from motilens.errors import TrackError
from motilens.methods.values import Assignment, Material
from motilens.tracks.link import drift
from motilens.tracks.settings import DriftName
from motilens.tracks.values import Tracks

LEAST_PARTICIPANTS = 3
"""Fewer say nothing that their mean does not say."""


def without_drift(material: Material, participant: str, name: DriftName) -> list[Tracks]:
    """A participant's tracks with the drift of each stretch set; stretches without a track are left out."""
    stretches = [tracks for tracks in material.tracks(participant) if len(tracks)]
    return [replace(tracks, drift_px=drift(tracks, name)) for tracks in stretches]


@dataclass(frozen=True)
class Known:
    """Training participants with tracks, and what to answer for those without.

    Attributes:
        ids: they, in the order of the labels.
        mean: of the labels of all training participants, (3,), percent.
        notes: who is left out of the fit.
    """

    ids: tuple[str, ...]
    mean: np.ndarray
    notes: tuple[str, ...]


def known_by_tracks(assignment: Assignment, has_tracks: Mapping[str, bool]) -> Known:
    """Who can be fitted to.

    Args:
        assignment: of the fit.
        has_tracks: of each training participant.

    Raises:
        TrackError: fewer than three have tracks.
    """
    ids = tuple(i for i in assignment.train_ids if has_tracks[i])
    without = [i for i in assignment.train_ids if not has_tracks[i]]
    if len(ids) < LEAST_PARTICIPANTS:
        raise TrackError(
            f"{len(ids)} of {len(assignment.train_ids)} training participants have tracks; allowed: at least "
            f"{LEAST_PARTICIPANTS}; look for heads with a lower least_mass"
        )
    said = (f"left out of the fit for want of any track: {listed(without)}",) if without else ()
    return Known(ids, assignment.labels_of(assignment.train_ids).mean(axis=0), said)


def as_percentages(raw: np.ndarray, target: Target) -> Percentages:
    """Cut answers to 0-100; those of motility sum to 100 again after that.

    Motility is a composition: fitted to one, linear answers sum to 100 by themselves, until what is below 0 is cut off.
    The shares of morphology are of one cell each and may sum to anything.

    Args:
        raw: (n, 3).
        target: motility or morphology.
    """
    cut = np.clip(raw, 0, 100)
    if target == "morphology":
        return cut
    total = cut.sum(axis=1, keepdims=True)
    return np.where(total > 0, 100 * cut / np.where(total > 0, total, 1), 100 / 3)
