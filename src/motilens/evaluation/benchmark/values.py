"""The result of a benchmark: every answer of every method, what it cost, and where all of it comes from.

``result.json`` is this value written down. Tables, figures and summaries are made from it alone.
"""

from typing import Literal

from motilens.config import Pipeline, Settings, Target
from motilens.data.values import Fit, Fold, LeftOut, Participant

BENCHMARK_VERSION = 1

Triple = tuple[float, float, float]
"""Three percentages, in the order of ``config.TARGET_NAMES``."""


class Answer(Settings):
    """What a method says of one test participant."""

    participant: str
    n_parts: int
    """Stacks, windows or videos that the answer is the mean of."""
    predicted_pct: Triple
    spread_pct: Triple
    """Standard deviation over the parts."""


class Costs(Settings):
    """What one fit and its predictions took, on one processor core."""

    fit_cpu_s: float
    fit_wall_s: float
    predict_cpu_s: float
    """A participant, without the preparation (decoding, stacks, tracks) that several methods share."""
    peak_memory_mib: float | None
    """Most resident memory while fitting and predicting; None where the system does not tell."""


class BenchmarkCell(Settings):
    """One method, one target, one fold of one repeat."""

    method: str
    target: Target
    repeat: int
    """From 1; each repeat has folds of its own."""
    fold: int
    seed: int
    answers: tuple[Answer, ...]
    """Of the fold's test participants that have this target, in natural order."""
    n_parameters: int | None
    """Numbers that were fitted; None for a method from outside."""
    fits: tuple[Fit, ...]
    notes: tuple[str, ...]
    costs: Costs | None
    """None for a method from outside."""


class RepeatFolds(Settings):
    """The folds of one repeat."""

    repeat: int
    source: str
    folds: tuple[Fold, ...]


class MethodAbout(Settings):
    """A method in words."""

    name: str
    words: str
    cost: Literal["cheap", "costly", "outside"]
    """``outside``: answers that came as a file."""
    uses: tuple[str, ...]
    """``stacks`` or ``tracks``: preparation to be added to its cost at prediction."""
    repeats: int
    """How many repeats it took part in: 1 to this."""


class BenchmarkResult(Settings):
    """A whole benchmark."""

    result_version: Literal[1] = BENCHMARK_VERSION
    motilens_version: str
    versions: dict[str, str]
    command: str
    """The command that makes this result again, without paths of this machine."""
    dataset: str
    """Name of the data's folder."""
    data_fingerprint: str
    pipelines: dict[str, Pipeline]
    """Settings by method."""
    targets: tuple[Target, ...]
    methods: tuple[MethodAbout, ...]
    """In the order of tables."""
    repeats: tuple[RepeatFolds, ...]
    participants: tuple[Participant, ...]
    left_out: tuple[LeftOut, ...]
    labels: dict[Target, dict[str, Triple]]
    """What the laboratory counted: what every error is against, if not said otherwise."""
    exact: dict[Target, dict[str, Triple]] | None
    """Simulated data: what the count was drawn from. None for real data, and along real tracks."""
    preparation_cpu_s: dict[str, float]
    """Seconds a participant for ``stacks`` and for ``tracks``, one core."""
    cells: tuple[BenchmarkCell, ...]
