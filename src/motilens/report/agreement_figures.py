"""Figures of a validation: differences against means, and predictions against the laboratory with a line."""

from collections.abc import Sequence

import numpy as np

from motilens.report.drawing import COLOURS, GREY, Figure, drawing_of, finished
from motilens.report.formatting import signed
from motilens.validation.agreement import Estimate
from motilens.validation.checks import PercentageAgreement


def agreement_figure(
    found: PercentageAgreement, laboratory_pct: Sequence[float], predicted_pct: Sequence[float]
) -> Figure:
    """Two panels: differences with limits of agreement (Bland-Altman), and the Passing-Bablok line.

    Args:
        found: agreement of one percentage.
        laboratory_pct: the laboratory's values.
        predicted_pct: the predictions for the same samples.
    """
    first, second = np.asarray(laboratory_pct, np.float64), np.asarray(predicted_pct, np.float64)
    differences, line = found.differences, found.line
    with drawing_of(8.4, 3.8) as drawing:
        left, right = drawing.subplots(1, 2)
        left.axhline(0, color=GREY, linewidth=1, zorder=0)
        for estimate, style in ((differences.bias, "-"), (differences.lower, "--"), (differences.upper, "--")):
            left.axhspan(estimate.low, estimate.high, color=COLOURS[1], alpha=0.15, linewidth=0)
            left.axhline(estimate.value, color=COLOURS[1], linewidth=1.5, linestyle=style)
        left.plot((first + second) / 2, second - first, "o", color=COLOURS[0], markersize=4.5, alpha=0.85)
        left.set(xlabel="mean of both, %", ylabel="prediction minus laboratory, points", title="Bland-Altman")
        low, high = left.get_ylim()
        left.set_ylim(min(low, -1), max(high, 1))
        ends = np.array([min(first.min(), second.min()) - 2, max(first.max(), second.max()) + 2])
        right.plot(ends, ends, color=GREY, linewidth=1, zorder=0)
        if line is not None:
            right.plot(ends, line.intercept.value + line.slope.value * ends, color=COLOURS[1], linewidth=1.5)
        right.plot(first, second, "o", color=COLOURS[0], markersize=4.5, alpha=0.85)
        right.set(xlim=ends, ylim=ends, aspect="equal", xlabel="laboratory, %", ylabel="predicted, %")
        right.set_title("Passing-Bablok" if line is not None else "No Passing-Bablok line")
        shown = "and the Passing-Bablok line (orange)" if line is not None else "without a Passing-Bablok line"
        lines = f" Slope {_words(line.slope, 2)}." if line is not None else ""
        return finished(
            drawing,
            f"agreement_{found.percentage.replace(' ', '_')}",
            "Left: differences against means, with bias (solid), limits of agreement (dashed) and their 95 % intervals "
            f"(bands). Right: predictions against the laboratory, with the line of equality (grey) {shown}.",
            f"Agreement of {found.percentage}. Bias {_words(differences.bias, 1)} points; limits of agreement "
            f"{signed(differences.lower.value)} to {signed(differences.upper.value)} points.{lines}",
        )


def _words(estimate: Estimate, digits: int) -> str:
    return f"{estimate.value:.{digits}f} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"
