"""A linear support vector machine for each of three percentages, on histograms of windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.arrays import Percentages

TUBE_PCT = 1.0
"""Errors below this cost nothing; labels are no more exact."""

Bags = Float[np.ndarray, "window word"]


@dataclass(frozen=True)
class Machine:
    """From a histogram to three percentages.

    Attributes:
        mean: of each word's share, over the training windows.
        spread: its standard deviation times the root of the number of words; infinite for a word that is the same in
            all windows, which so says nothing.
        weights: percent for each spread.
        bias: percent.
    """

    mean: Float[np.ndarray, " word"]
    spread: Float[np.ndarray, " word"]
    weights: Float[np.ndarray, "3 word"]
    bias: Float[np.ndarray, "3"]

    def __call__(self, bags: Bags) -> Float[np.ndarray, "window 3"]:
        """Percentages of each window, not cut to 0-100."""
        return (bags - self.mean) / self.spread @ self.weights.T + self.bias

    @property
    def n_parameters(self) -> int:
        """Weights and biases."""
        return self.weights.size + self.bias.size


def fit_machines(bags: Bags, labels: Percentages, cs: Sequence[float]) -> list[Machine]:
    """Fit machines that differ in how much an error costs.

    Args:
        bags: of the training windows.
        labels: of their participants, (window, 3), percent.
        cs: what an error costs against large weights.
    """
    from sklearn.svm import SVR

    mean, spread = bags.mean(axis=0), bags.std(axis=0)
    spread = np.where(spread > 1e-12, spread, np.inf) * np.sqrt(bags.shape[1])
    x = (bags - mean) / spread
    products = x @ x.T  # there are fewer windows than words, and all machines share them
    found = []
    for c in cs:
        weights, bias = np.zeros((3, bags.shape[1])), np.zeros(3)
        for k in range(3):
            machine = SVR(kernel="precomputed", C=c, epsilon=TUBE_PCT).fit(products, labels[:, k])
            weights[k] = np.asarray(machine.dual_coef_)[0] @ x[machine.support_]
            bias[k] = float(np.asarray(machine.intercept_)[0])
        found.append(Machine(mean, spread, weights, bias))
    return found
