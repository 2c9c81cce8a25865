"""Stacks that are already arrays, by participant, for tests, studies and other readers."""

from collections.abc import Mapping

import numpy as np

from motilens.errors import InputError


class InMemoryStacks:
    """Rows of stacks that belong to participants, from arrays.

    Args:
        stacks: stacks by participant, (stack, frame, y, x), uint8; all with the same number of frames and size.

    Raises:
        InputError: there is no participant, or the arrays differ in shape.
    """

    def __init__(self, stacks: Mapping[str, np.ndarray]) -> None:
        shapes = {array.shape[1:] for array in stacks.values()}
        if len(shapes) != 1:
            raise InputError(
                f"stacks of {len(stacks)} participants have shapes {sorted(shapes)}; all must have the same one"
            )
        self._pixels = np.concatenate(list(stacks.values()))
        ends = np.cumsum([len(array) for array in stacks.values()])
        self._rows = {
            participant: np.arange(end - len(array), end)
            for (participant, array), end in zip(stacks.items(), ends, strict=True)
        }

    @property
    def participants(self) -> tuple[str, ...]:
        """All participants, in the order of their rows."""
        return tuple(self._rows)

    def rows_of(self, ids: tuple[str, ...]) -> np.ndarray:
        """Row numbers of some participants' stacks; an unknown one has none."""
        none = np.array([], dtype=int)
        return np.concatenate([none, *(self._rows.get(i, none) for i in ids)])

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Pixels of some rows: (n, frame, y, x), uint8."""
        return self._pixels[rows]
