"""Predicts from a bag of words of tracks, by a linear regression on the histograms of windows."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from motilens.errors import BundleError
from motilens.predictors.codebook import Words, histograms
from motilens.predictors.origin import Origin
from motilens.predictors.parts import array_of, field_of, target_of
from motilens.predictors.percentages import as_percentages
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.predictors.segment_tracks import NO_TRACKS
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_windows import Lags, displacements_at, windows_of
from motilens.recordings.recording import Recording


@dataclass(frozen=True)
class BagOfWordsPredictor:
    """Averages the regression over the windows of a recording, then clips.

    Attributes:
        origin: where the predictor comes from.
        lags_s: lags at which tracks are compared with words, in seconds, ascending.
        words: the codebook.
        n_assignments: how many words each track counts for.
        regression: map from the histogram of a window to percentages.
        mean_pct: mean label of the training participants, predicted for a recording without any track.
    """

    kind: ClassVar[str] = "bag-of-words"

    origin: Origin
    lags_s: Lags
    words: Words
    n_assignments: int
    regression: StandardisedLinear
    mean_pct: Float[np.ndarray, "3"]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Tracks, and so the width of a pixel."""
        return ("tracks",)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording as a whole: windows are averaged before clipping, so they have none.

        Raises:
            InputError: tracks with a position that is not finite.
            MismatchError: the width of a pixel is not known.
            VideoError: the recording cannot be used.
        """
        target, settings = target_of(self.origin), self.origin.settings
        problems = recording.track_record(settings.tracking).problems
        windows = [displacements_at(window, self.lags_s) for window in windows_of(recording, settings)]
        if not windows:
            return Prediction(
                recording.video_id, target, self.mean_pct[None], "recording", problems=(*problems, NO_TRACKS)
            )
        (bags,) = histograms(self.words, windows, [self.n_assignments])
        raw = self.regression(bags).mean(axis=0)
        return Prediction(recording.video_id, target, as_percentages(raw[None], target), "recording", problems=problems)

    def with_origin(self, origin: Origin) -> "BagOfWordsPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        codebook = {"words": self.words, "lags_s": self.lags_s}
        regression = {**self.regression.arrays(), "mean_pct": self.mean_pct}
        return Parts({"n_assignments": self.n_assignments}, {"codebook": codebook, "regression": regression})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "BagOfWordsPredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        n_assignments = field_of(parts, "n_assignments")
        if not isinstance(n_assignments, int) or n_assignments < 1:
            raise BundleError(f"n_assignments is {n_assignments!r}; allowed: 1 or more; train the model again")
        lags_s = array_of(parts, "codebook", "lags_s", (None,))
        words = array_of(parts, "codebook", "words", (None, len(lags_s)))
        regression = StandardisedLinear.from_parts(parts, "regression", len(words))
        return cls(origin, lags_s, words, n_assignments, regression, array_of(parts, "regression", "mean_pct", (3,)))
