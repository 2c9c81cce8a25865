"""WHO's classes from tracks, put in line with the laboratory: physics first, then ridge regression on few numbers.

A participant's tracks are cut into pieces of about a second (``tracks.physics``), the median drift taken off, all
stretches of the video joined. Shares of cell-seconds are then nearly the answer. What separates them from what a
laboratory writes down is learned: from which beat on a standing cell counts as non-progressive, from which speed on a
moving one as progressive, and a line from the shares and four more numbers to the percentages.

The two thresholds and the strength of the ridge are those with the least absolute error when each training participant
in turn is left out of the line; where several do as well, the first of the grid. Thresholds of speed are of a small
grid around WHO's, so that the pixel's width need not be known exactly (VISEM does not publish it).

A participant without a track, whom nothing is known of, gets the training participants' mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

from motilens.arrays import Percentages
from motilens.data.values import Fit
from motilens.errors import InputError
from motilens.methods.from_tracks import as_percentages, known_by_tracks, without_drift
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.tracks.physics import cut
from motilens.tracks.settings import PhysicsConfig

LEAST_BEATS = (1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.75, 2.0)
PROGRESSIVE_UM_S = (5.0, 3.5, 7.0)
"""WHO's own first."""
ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)

FEATURES = ("rapid", "slow", "non-progressive", "immotile", "log cells", "VSL", "VSL of those that move", "beat")
"""Shares of cell-seconds in percent; log(cells in a frame + 1); mean straight-line velocities in um/s, weighted by
time; median beat of pieces that stand, of all pieces where none stands."""


@dataclass(frozen=True)
class Measured:
    """Pieces of all of a participant's tracks.

    Attributes:
        seconds: that each piece lasts.
        vsl_um_s: its straight-line velocity.
        beat: its median beat.
        cells: seen in a frame, on average.
    """

    seconds: Float[np.ndarray, " piece"]
    vsl_um_s: Float[np.ndarray, " piece"]
    beat: Float[np.ndarray, " piece"]
    cells: float


def measure(material: Material, participant: str) -> Measured | None:
    """Cut a participant's tracks into pieces; None without any.

    Raises:
        InputError: places or beats that are no numbers.
    """
    stretches = without_drift(material, participant, "median")
    pieces = [cut(tracks, window_s=PhysicsConfig().window_s) for tracks in stretches]
    seconds, vsl, beat = (
        np.concatenate([np.empty(0), *(getattr(p, name) for p in pieces)]) for name in ("seconds", "vsl_um_s", "beat")
    )
    if not len(seconds):
        return None
    for name, values in (("place", vsl), ("beat", beat)):
        if not np.isfinite(values).all():
            raise InputError(
                f"tracks of participant {participant} have a {name} that is not a number; allowed: those of heads that "
                "find_heads found; track the video again"
            )
    n_points = sum(len(tracks.track) for tracks in stretches)
    n_frames = sum(tracks.n_frames for tracks in material.tracks(participant))
    return Measured(seconds, vsl, beat, n_points / n_frames)


def features_of(measured: Measured, *, least_beat: float, progressive_um_s: float) -> Float[np.ndarray, " feature"]:
    """The numbers of ``FEATURES``.

    Args:
        measured: of one participant.
        least_beat: from which beat on a standing cell is non-progressive.
        progressive_um_s: from which velocity on a cell is progressive.
    """
    seconds, vsl = measured.seconds, measured.vsl_um_s
    moves = vsl >= progressive_um_s
    rapid = vsl >= PhysicsConfig().rapid_um_s
    beats = ~moves & (measured.beat >= least_beat)
    shares = [100 * float(seconds @ which / seconds.sum()) for which in (rapid, moves & ~rapid, beats, ~moves & ~beats)]
    moving = float((seconds * vsl) @ moves / (seconds @ moves)) if moves.any() else 0.0
    still = measured.beat if moves.all() else measured.beat[~moves]
    others = [float(np.log1p(measured.cells)), float(seconds @ vsl / seconds.sum()), moving, float(np.median(still))]
    return np.array([*shares, *others])


@dataclass(frozen=True)
class Line:
    """From what was measured to percentages.

    Attributes:
        least_beat: from which beat on a standing cell is non-progressive.
        progressive_um_s: from which velocity on a cell is progressive.
        alpha: strength of the ridge.
        error_pct: mean absolute error with each training participant left out of the line in turn.
        mean: of each feature, over the training participants.
        spread: their standard deviation; 1 for a feature that is the same for all, which so says nothing.
        coefficients: percent for each spread.
        intercept: percent.
    """

    least_beat: float
    progressive_um_s: float
    alpha: float
    error_pct: float
    mean: Float[np.ndarray, " feature"]
    spread: Float[np.ndarray, " feature"]
    coefficients: Float[np.ndarray, "3 feature"]
    intercept: Float[np.ndarray, "3"]

    def __call__(self, measured: Measured) -> Float[np.ndarray, "1 3"]:
        """Percentages, as the line has them: not cut to 0-100."""
        x = features_of(measured, least_beat=self.least_beat, progressive_um_s=self.progressive_um_s)
        return (self.coefficients @ ((x - self.mean) / self.spread) + self.intercept)[None]

    @property
    def n_parameters(self) -> int:
        """Coefficients, intercepts and thresholds."""
        return self.coefficients.size + self.intercept.size + 2


def fit_line(measured: Sequence[Measured], labels: Percentages, *, least_beat: float, progressive_um_s: float) -> Line:
    """Fit the line for one pair of thresholds; the ridge is the one with the least error.

    Args:
        measured: of each training participant.
        labels: their percentages, (participant, 3).
        least_beat: from which beat on a standing cell is non-progressive.
        progressive_um_s: from which velocity on a cell is progressive.
    """
    from sklearn.linear_model import RidgeCV

    x = np.array([features_of(m, least_beat=least_beat, progressive_um_s=progressive_um_s) for m in measured])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    ridge = RidgeCV(alphas=ALPHAS, scoring="neg_mean_absolute_error").fit((x - mean) / spread, labels)
    return Line(
        least_beat=least_beat,
        progressive_um_s=progressive_um_s,
        alpha=float(np.asarray(ridge.alpha_)),
        error_pct=-float(np.asarray(ridge.best_score_)),
        mean=mean,
        spread=spread,
        coefficients=np.asarray(ridge.coef_, np.float64),
        intercept=np.asarray(ridge.intercept_, np.float64),
    )


def fit_physics(material: Material, assignment: Assignment) -> Fitted:
    """Choose thresholds and fit the line, to training participants alone.

    Raises:
        TrackError: fewer than three training participants have tracks.
        InputError: tracks that hold no numbers.
    """
    measured = {i: measure(material, i) for i in assignment.train_ids}
    known = known_by_tracks(assignment, {i: m is not None for i, m in measured.items()})
    seen, labels = [m for m in measured.values() if m is not None], assignment.labels_of(known.ids)
    lines = (
        fit_line(seen, labels, least_beat=least_beat, progressive_um_s=progressive)
        for progressive, least_beat in product(PROGRESSIVE_UM_S, LEAST_BEATS)
    )
    line = min(lines, key=lambda line: round(line.error_pct, 6))

    def predict(participant: str) -> Percentages:
        found = measure(material, participant)
        return known.mean[None] if found is None else as_percentages(line(found), assignment.target)

    chosen = (
        f"standing cells beat from {line.least_beat:g} times the background on, progressive from "
        f"{line.progressive_um_s:g} um/s, ridge {line.alpha:g}: mean absolute error {line.error_pct:.2f} with each "
        "training participant left out in turn"
    )
    parts = ("thresholds", "input scaling", "regressor")
    return Fitted(
        predict=predict,
        fits=tuple(Fit(what=what, ids=known.ids) for what in parts),
        n_parameters=line.n_parameters,
        notes=(chosen, *known.notes),
    )


PHYSICS = Method("tracks-physics", "WHO's classes of tracks, then a line", "cheap", ("tracks",), fit_physics)
