"""Facts about participants that results keep."""

from motilens.config import Settings


class LeftOut(Settings):
    """A recording, participant or method that is not in the result, with the reason."""

    name: str
    reason: str


class Participant(Settings):
    """One participant of the data set: recordings, and the values that the result's tables are broken down by."""

    participant: str
    recordings: tuple[str, ...]
    """Video ids, one or more (replicates), in natural order."""
    n_stacks: int
    """Number of stacks of all recordings."""
    cells_seen: float
    """Mean number of heads counted in a frame, over recordings."""
    assessor: str | None = None
    concentration: float | None = None
    """Concentration in 10^6 cells per mL, as measured by the laboratory."""
