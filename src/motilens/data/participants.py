"""What results keep of participants."""

from motilens.config import Settings


class LeftOut(Settings):
    """A recording, participant or method that is not in the result, and why."""

    name: str
    reason: str


class Participant(Settings):
    """One participant of the data set: recordings, and what the result's tables break down by."""

    participant: str
    recordings: tuple[str, ...]
    """Video ids, one or more (replicates), in natural order."""
    n_stacks: int
    """Of all recordings."""
    cells_seen: float
    """Mean number of heads counted in a frame, over recordings."""
    assessor: str | None = None
    concentration: float | None = None
    """10^6 cells per mL, as the laboratory counted."""
