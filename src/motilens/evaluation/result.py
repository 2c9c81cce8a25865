"""The result of an evaluation: every prediction of every method, what it cost, and where all of it comes from.

``result.json`` is this value written down. Tables, figures and summaries are made from it alone. It holds no path and,
but for costs, no clock: an interrupted and an uninterrupted run write the same predictions.
"""

from typing import Literal

from motilens.config import AutoencoderName, InputType, MethodSettings, Protocol, Settings, Target
from motilens.data.folds import Fold
from motilens.data.participants import LeftOut, Participant
from motilens.predictors.origin import AutoencoderScores, Fit, TrainingCurve

RESULT_FILE = "result.json"
"""In the folder of a run."""

RESULT_KIND = "evaluation"
RESULT_VERSION = 2

Triple = tuple[float, float, float]
"""Three percentages, in the order of ``config.TARGET_NAMES``."""


class ParticipantPrediction(Settings):
    """What a method says of one test participant."""

    participant: str
    n_parts: int
    """Stacks, windows or recordings that the prediction is the mean of, over all recordings."""
    predicted_pct: Triple
    """Mean over recordings of the mean over each one's parts."""
    sd_pct: Triple
    """Standard deviation over all parts."""
    part_error_pct: Triple | None
    """Mean over parts of the absolute error of each against the label, as the paper reports errors per stack. None for
    a submission."""


class Costs(Settings):
    """What one fit and its predictions took."""

    fit_cpu_s: float
    fit_wall_s: float
    predict_cpu_s: float
    """A participant, without the preparation (decoding, stacks, tracks) that several methods share."""
    peak_memory_mib: float | None
    """Most resident memory while fitting and predicting; None where the system does not tell."""


class Preview(Settings):
    """Pictures of one stack, as the report shows them: PNG in base64, so that a report needs the result alone."""

    participant: str
    first_frame_png: str
    temporal_sd_png: str | None
    """Standard deviation over the frames; None for inputs of one moment."""
    feature_image_png: str
    """Three channels as red, green, blue; each stretched from its 1st to its 99th percentile."""
    scaling: str
    """The stretch in numbers, for the caption."""


class Job(Settings):
    """One method fitted in one fold of one repeat for one target, and its predictions for the test participants."""

    method: str
    target: Target
    repeat: int
    """From 1; each repeat has folds of its own, but for the runs of ``as-released``, which share one."""
    fold: int
    seed: int
    predictions: tuple[ParticipantPrediction, ...]
    """Of the fold's test participants that have this target, in natural order."""
    n_parameters: int | None
    """Numbers that were fitted; None for a submission."""
    fits: tuple[Fit, ...]
    notes: tuple[str, ...]
    costs: Costs | None
    """None for a submission."""
    curves: tuple[TrainingCurve, ...] = ()
    autoencoder: AutoencoderScores | None = None
    """On the test participants; only with the first target of a fold, for its targets share an autoencoder."""
    previews: tuple[Preview, ...] = ()
    """Feature-images of a few test participants; only with the first target of a fold."""


class RepeatFolds(Settings):
    """The folds of one repeat."""

    repeat: int
    source: str
    """Such as ``fold folders``, a fold file's name, or ``made: stratified, seed 0``."""
    folds: tuple[Fold, ...]


class MethodInfo(Settings):
    """The facts about a method that took part."""

    name: str
    description: str
    cost: Literal["cheap", "costly", "submission"]
    """``submission``: predictions that came as a file."""
    needs: tuple[str, ...]
    """``stacks``, ``tracks``, ``concentration``: stacks and tracks are preparation to be added to its prediction
    cost."""
    repeats: int
    """How many repeats it took part in: 1 to this."""
    autoencoder: AutoencoderName | None = None
    input_type: InputType | None = None


class EvaluationResult(Settings):
    """A whole evaluation."""

    kind: Literal["evaluation"] = RESULT_KIND
    result_version: Literal[2] = RESULT_VERSION
    motilens_version: str
    versions: dict[str, str]
    """Of Python and of the libraries that decide numbers."""
    command: str
    """The command that makes this result again, without paths of this machine."""
    dataset: str
    """Name of the data's folder."""
    data_fingerprint: str
    """Hash over the videos' fingerprints, the laboratory's values and the folds."""
    protocol: Protocol
    preset: str
    settings: dict[str, MethodSettings]
    """By method; not of submissions."""
    targets: tuple[Target, ...]
    methods: tuple[MethodInfo, ...]
    """In the order of tables."""
    repeats: tuple[RepeatFolds, ...]
    """``as-released``: one repeat whose folds are three runs with the same training and test participants."""
    participants: tuple[Participant, ...]
    left_out: tuple[LeftOut, ...]
    labels: dict[Target, dict[str, Triple]]
    """What the laboratory counted: what every error is against, if not said otherwise."""
    exact: dict[Target, dict[str, Triple]] | None
    """Simulated data: what the count was drawn from. None for real data, and along real tracks."""
    preparation_cpu_s: dict[str, float]
    """Seconds a participant for ``stacks`` and for ``tracks``, one core."""
    jobs: tuple[Job, ...]
