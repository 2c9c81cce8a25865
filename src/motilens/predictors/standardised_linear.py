"""A linear map from standardised features to three percentages: what an SVR or a ridge regression comes down to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.predictors.parts import array_of
from motilens.predictors.predictor import Arrays, Parts


@dataclass(frozen=True)
class StandardisedLinear:
    """``coefficients @ ((features - mean) / scale) + intercept``.

    Attributes:
        mean: of each feature, over the training part.
        scale: what each feature is divided by.
        coefficients: percentage points for each unit of a standardised feature.
        intercept: percent.
    """

    mean: Float[np.ndarray, " feature"]
    scale: Float[np.ndarray, " feature"]
    coefficients: Float[np.ndarray, "3 feature"]
    intercept: Float[np.ndarray, "3"]

    def __call__(self, features: Float[np.ndarray, "row feature"]) -> Float[np.ndarray, "row 3"]:
        """Percent, not clipped to 0-100."""
        return (features - self.mean) / self.scale @ self.coefficients.T + self.intercept

    @property
    def n_parameters(self) -> int:
        """Coefficients and intercepts."""
        return self.coefficients.size + self.intercept.size

    def arrays(self) -> Arrays:
        """Take it apart for a file."""
        return {name: getattr(self, name) for name in ("mean", "scale", "coefficients", "intercept")}

    @classmethod
    def from_parts(cls, parts: Parts, file: str, n_features: int) -> "StandardisedLinear":
        """Put it together again from the arrays of a file. Raises BundleError for one that does not fit."""
        return cls(
            mean=array_of(parts, file, "mean", (n_features,)),
            scale=array_of(parts, file, "scale", (n_features,)),
            coefficients=array_of(parts, file, "coefficients", (3, n_features)),
            intercept=array_of(parts, file, "intercept", (3,)),
        )
