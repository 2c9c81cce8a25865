"""The random number streams of a simulation: an independent one for everything that can be added or left out.

A stream is identified by participant, field, purpose and cell, so that one more participant, field or cell draws
nothing from the streams of the others and changes none of their pixels.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What the numbers of a stream decide."""

    SAMPLE = 0
    """The participant: percentages, concentration, date, assessor."""
    OPTICS = 1
    """Light, tint, noise and scale of a video."""
    COUNT = 2
    """The laboratory's count of cells."""
    POPULATION = 3
    """How many cells a field has, and which of them stick together."""
    CELL = 4
    """Class, form, gait and position of one cell."""
    PATH = 5
    """Random deviations of one cell's path and beat."""
    DEBRIS = 6
    """Specks, round cells and flow in a field."""
    NOISE = 7
    """Noise of the sensor."""
    STAGE = 8
    """How the stage moves to and from a field."""


def stream(seed: int, participant: int, purpose: Purpose, *, field: int = 0, cell: int = 0) -> np.random.Generator:
    """Make the generator for one purpose; the same arguments always give the same stream."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(participant, field, int(purpose), cell)))
