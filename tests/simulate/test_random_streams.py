"""Streams: the same arguments give the same numbers, any others give other ones."""

from itertools import product

import numpy as np

from motilens.simulate.random_streams import Purpose, stream


def test_the_same_place_gives_the_same_numbers() -> None:
    one, other = (stream(7, 3, Purpose.CELL, field=2, cell=5).random(8) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_every_other_place_gives_other_numbers() -> None:
    """All combinations of seed, participant, field, purpose and cell: 3^4 * 9 streams, no two of which begin alike."""
    places = product(range(3), range(3), Purpose, range(3), range(3))
    firsts = [
        stream(seed, who, what, field=field, cell=cell).integers(2**62) for seed, who, what, field, cell in places
    ]
    assert len(set(firsts)) == len(firsts) == 3**4 * len(Purpose)


def test_numbers_of_things_stay() -> None:
    """A purpose with another number would change the pixels of every seed: new ones go to the end."""
    names = ("SAMPLE", "OPTICS", "COUNT", "POPULATION", "CELL", "PATH", "DEBRIS", "NOISE", "STAGE")
    assert [purpose.name for purpose in sorted(Purpose)][: len(names)] == list(names)


def test_neighbouring_streams_are_not_alike() -> None:
    """Correlation of 4000 numbers of two cells: 5 standard errors are 5 / sqrt(4000)."""
    a, b = (stream(0, 1, Purpose.PATH, cell=cell).standard_normal(4000) for cell in (0, 1))
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(4000)
