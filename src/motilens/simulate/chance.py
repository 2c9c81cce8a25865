"""Where all chance of a simulation comes from: one independent stream for everything that can be added or left out.

A stream is named by its place (participant, field, what, cell), so that one more participant, field or cell draws
nothing from the streams of the others and changes none of their pixels.
"""

from enum import IntEnum

import numpy as np


class Of(IntEnum):
    """What a stream decides."""

    SAMPLE = 0
    """The participant: percentages, concentration, date, assessor."""
    OPTICS = 1
    """Light, tint, noise and scale of a video."""
    COUNT = 2
    """The laboratory's count of cells."""
    CROWD = 3
    """How many cells a field has, and who sticks to whom."""
    CELL = 4
    """What one cell is."""
    PATH = 5
    """How one cell strays from its way."""
    DEBRIS = 6
    """Specks, round cells and flow of a field."""
    NOISE = 7
    """The sensor."""
    STAGE = 8
    """How the stage moves to and from a field."""


def stream(seed: int, participant: int, what: Of, *, field: int = 0, cell: int = 0) -> np.random.Generator:
    """The generator of one thing in one place; the same arguments always give the same stream."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(participant, field, int(what), cell)))
