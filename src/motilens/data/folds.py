"""Folds of participants: all stacks of a participant are on the same side of a split.

A stratified split of 7 participants into 3 folds: sorted by progressive motility, they form blocks of 3 neighbours,
which are assigned to the three test folds at random::

    sorted by motility   a b c | d e f | g
    test fold            2 1 3 | 1 3 2 | 2        fold 1: b d    fold 2: a f g    fold 3: c e

so that each fold has low, middle and high values. The same seed gives the same folds. Needs only NumPy.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motilens.config import Settings
from motilens.data.names import listed, naturally
from motilens.errors import FoldError


class Fold(Settings):
    """Training and test participants of one fold."""

    fold: int
    train_ids: tuple[str, ...]
    test_ids: tuple[str, ...]


MIN_PARTICIPANTS = 2
"""Smallest number of participants in the test part and in the training part of a fold."""


@dataclass(frozen=True)
class Folds:
    """Folds that have been validated.

    Attributes:
        source: where they come from, such as ``fold folders`` or ``made: stratified, seed 0``.
        folds: training and test participants of each fold.

    Raises:
        FoldError: a participant is on both sides of a fold or tested twice, or a part has fewer than two participants.
    """

    source: str
    folds: tuple[Fold, ...]

    def __post_init__(self) -> None:
        tests: dict[str, int] = {}
        for fold in self.folds:
            if both := set(fold.train_ids) & set(fold.test_ids):
                raise FoldError(
                    f"fold {fold.fold} of {self.source} has participant {listed(naturally(both))} "
                    "in training and in test; allowed: one or the other"
                )
            for participant in fold.test_ids:
                if participant in tests:
                    raise FoldError(
                        f"folds of {self.source} overlap: participant {participant} is tested "
                        f"in fold {tests[participant]} and in fold {fold.fold}; allowed: once"
                    )
                tests[participant] = fold.fold
            for part, ids in (("test", fold.test_ids), ("training", fold.train_ids)):
                if len(ids) < MIN_PARTICIPANTS:
                    raise FoldError(
                        f"fold {fold.fold} of {self.source} has {len(ids)} participant{'s' * (len(ids) != 1)} in its "
                        f"{part} part ({', '.join(ids) or 'nobody'}); allowed: at least {MIN_PARTICIPANTS}; "
                        "use fewer folds or more participants"
                    )

    def __len__(self) -> int:
        return len(self.folds)

    def __repr__(self) -> str:
        return f"Folds({self.source!r}, test participants: {' / '.join(str(len(f.test_ids)) for f in self.folds)})"


def folds_from_tests(
    tests: Mapping[int, Sequence[str]], *, participants: Collection[str], known: Collection[str], source: str
) -> Folds:
    """Make folds from the test participants of each.

    Args:
        tests: IDs of the test participants by fold number.
        participants: participants that have stacks and a row; each must be tested once.
        known: all IDs of the table; one without stacks is removed from its fold (the data set lists it).
        source: where the folds come from, for messages and results.

    Raises:
        FoldError: an ID is not in the table, a participant is tested twice or never, or a part has fewer than two.
    """
    given = [participant for ids in tests.values() for participant in ids]
    if strangers := set(given) - set(known) - set(participants):
        raise FoldError(
            f"{source} names {listed(naturally(strangers))}, not in the table of participants; "
            "correct the ID or remove it from the folds"
        )
    for number, ids in tests.items():
        if twice := {i for i in ids if list(ids).count(i) > 1}:
            raise FoldError(f"fold {number} of {source} names {listed(naturally(twice))} twice; allowed: once")
    if forgotten := set(participants) - set(given):
        raise FoldError(
            f"{source} tests {listed(naturally(forgotten))} in no fold; allowed: everyone in one; "
            "add them, or leave them out with --exclude"
        )
    order = naturally(participants)
    return Folds(
        source,
        tuple(
            Fold(
                fold=number,
                train_ids=tuple(i for i in order if i not in tests[number]),
                test_ids=tuple(i for i in order if i in tests[number]),
            )
            for number in sorted(tests)
        ),
    )


def make_folds(order_by: Mapping[str, float], *, n_folds: int = 3, seed: int = 0) -> Folds:
    """Draw folds stratified by a value.

    Args:
        order_by: the value by participant, such as progressive motility; NaN if it is not known (ranked last).
        n_folds: number of folds.
        seed: seed of the draw.

    Raises:
        FoldError: there are fewer than two folds, or too few participants.
    """
    source = f"made: stratified, seed {seed}"
    if n_folds < 2:
        raise FoldError(f"{n_folds} fold{'s' * (n_folds != 1)} asked for; allowed: at least 2")
    if len(order_by) < MIN_PARTICIPANTS * n_folds:
        raise FoldError(
            f"{len(order_by)} participants are too few for {n_folds} folds; allowed: at least {MIN_PARTICIPANTS} a "
            "fold; use fewer folds or more participants"
        )
    ranked, rng = _ranked(order_by), np.random.default_rng(seed)
    tests: dict[int, list[str]] = {number: [] for number in range(1, n_folds + 1)}
    for start in range(0, len(ranked), n_folds):
        for participant, fold in zip(ranked[start : start + n_folds], rng.permutation(n_folds), strict=False):
            tests[int(fold) + 1].append(participant)
    return folds_from_tests(tests, participants=ranked, known=ranked, source=source)


def inner_split(
    ids: Sequence[str], *, share: float, seed: int, order_by: Mapping[str, float]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split training participants into those that fit weights and those that choose the epoch, stratified as folds are.

    Args:
        ids: training participants.
        share: share of the participants that choose the epoch; at least one participant is on each side.
        seed: seed of the draw.
        order_by: the value to stratify by; participants without one are ranked last.

    Returns:
        Participants that fit weights and participants that choose the epoch, each in natural order.

    Raises:
        FoldError: there are fewer than two participants, or one is named twice.
    """
    if len(ids) < 2 or len(set(ids)) < len(ids):
        raise FoldError(
            f"nobody can be held out to choose the epoch from {len(ids)} training participants "
            f"({listed(ids) or 'nobody'}); allowed: at least two, each once"
        )
    ranked, rng = _ranked({i: order_by.get(i, math.nan) for i in ids}), np.random.default_rng(seed)
    n_select = min(max(1, round(share * len(ids))), len(ids) - 1)
    blocks = np.array_split(np.arange(len(ranked)), n_select)
    select = {ranked[int(rng.choice(block))] for block in blocks}
    return naturally(set(ids) - select), naturally(select)


def _ranked(order_by: Mapping[str, float]) -> list[str]:
    """Participants by value; ties and unknown values in natural order, so that the mapping's order has no effect."""
    return sorted(naturally(order_by), key=lambda i: math.inf if math.isnan(order_by[i]) else order_by[i])
