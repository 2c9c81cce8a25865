"""A linear map from standardised features to three percentages: the fitted form of an SVR or a ridge regression."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.predictors.parts import array_of
from motilens.predictors.predictor import Arrays, Parts


@dataclass(frozen=True)
class StandardisedLinear:
    """The map ``coefficients @ ((features - mean) / scale) + intercept``.

    Attributes:
        mean: mean of each feature over the training part.
        scale: what each feature is divided by.
        coefficients: percentage points per unit of a standardised feature.
        intercept: intercepts in percent.
    """

    mean: Float[np.ndarray, " feature"]
    scale: Float[np.ndarray, " feature"]
    coefficients: Float[np.ndarray, "3 feature"]
    intercept: Float[np.ndarray, "3"]

    def __call__(self, features: Float[np.ndarray, "row feature"]) -> Float[np.ndarray, "row 3"]:
        """Predict percentages, not clipped to 0-100."""
        return (features - self.mean) / self.scale @ self.coefficients.T + self.intercept

    @property
    def n_parameters(self) -> int:
        """Number of coefficients and intercepts."""
        return self.coefficients.size + self.intercept.size

    def arrays(self) -> Arrays:
        """Return its parts for saving."""
        return {name: getattr(self, name) for name in ("mean", "scale", "coefficients", "intercept")}

    @classmethod
    def from_parts(cls, parts: Parts, file: str, n_features: int) -> "StandardisedLinear":
        """Rebuild it from the arrays of a file. Raises BundleError for an array that does not fit."""
        return cls(
            mean=array_of(parts, file, "mean", (n_features,)),
            scale=array_of(parts, file, "scale", (n_features,)),
            coefficients=array_of(parts, file, "coefficients", (3, n_features)),
            intercept=array_of(parts, file, "intercept", (3,)),
        )
