"""Small values about participants that the results keep too."""

from motilens.config import Settings


class Fold(Settings):
    """Who trains and who tests."""

    fold: int
    train_ids: tuple[str, ...]
    test_ids: tuple[str, ...]


class Fit(Settings):
    """Which participants one fit saw, for what."""

    what: str
    """``autoencoder``, ``autoencoder epoch``, ``input scaling``,
    ``regressor``, ``regressor epoch``, ``baseline NAME``."""
    ids: tuple[str, ...]


class LeftOut(Settings):
    """A video or participant that is not in the result, and why."""

    name: str
    reason: str


class Participant(Settings):
    """One participant of the data set: videos, and what the result's tables break down by."""

    participant: str
    videos: tuple[str, ...]
    n_stacks: int
    cells_seen: float
    """Mean number of heads counted in a frame."""
    assessor: str | None = None
    concentration: float | None = None
    """10^6 cells per mL, as the laboratory counted."""
