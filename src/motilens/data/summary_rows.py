"""Recognises the rows that spreadsheets hold below the participants: means, standard deviations, counts."""

import re
from collections.abc import Collection

_WORDS = """
    mean, average, avg, arithmetic mean, geometric mean, grand mean, median, mode, sd, std, stdev, std dev, st dev,
    standard deviation, variance, var, se, sem, std error, standard error, cv, coefficient of variation, ci,
    confidence interval, min, minimum, max, maximum, range, iqr, interquartile range, n, count, sum, total, grand total,
    summary
"""
STATISTICS = frozenset(word.strip() for word in _WORDS.split(","))
"""Words for what is computed from a column, in lower case and without full stops."""

_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\d+\s*%|[:=]")
_JOIN = re.compile(r"±|\+/?-|/|,|&|\band\b")


def summary_rows(ids: Collection[str]) -> frozenset[str]:
    """Find the IDs that are words for statistics: ``Mean``, ``Std. Dev.``, ``Mean ± SD (n=9)``.

    They count only where most of the other IDs have digits: where participants have letters alone, ``N`` may be one.
    """
    found = frozenset(text for text in ids if _is_statistic(text))
    others = [text for text in ids if text not in found]
    n_with_digits = sum(re.search(r"\d", text) is not None for text in others)
    return found if 2 * n_with_digits > len(others) else frozenset()


def _is_statistic(text: str) -> bool:
    words = (" ".join(part.split()) for part in _JOIN.split(_NOTE.sub(" ", text.casefold().replace(".", ""))))
    return all(word in STATISTICS for word in words)
