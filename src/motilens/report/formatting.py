"""Formatting of numbers for people."""

from motilens.report.table import MINUS


def signed(value: float, digits: int = 1) -> str:
    """Format a number with its sign."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)


def seconds(value: float | None) -> str | None:
    """Format a positive number to three significant digits, without an exponent."""
    if value is None or value == 0:
        return None if value is None else "0"
    if value < 0.001:
        return "< 0.001"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def count(value: float | int | None) -> str | None:
    """Format a number of parameters: ``850``, ``21 k``, ``3.4 M``."""
    if value is None:
        return None
    if value < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1e3:.0f} k" if value < 1_000_000 else f"{value / 1e6:.1f} M"


def p_value(p: float) -> str:
    """Format a p-value to three decimals."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
