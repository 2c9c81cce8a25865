"""The result of an evaluation: every prediction of every method, its cost, and its origin.

``result.json`` holds this value. Tables, figures and summaries are made from it alone. It contains no paths and, apart
from costs, no times: an interrupted and an uninterrupted run write the same predictions.
"""

from typing import Literal

from motilens.config import AutoencoderName, InputType, MethodSettings, Protocol, Settings, Target
from motilens.data.folds import Fold
from motilens.data.participants import LeftOut, Participant
from motilens.predictors.origin import AutoencoderScores, Fit, TrainingCurve

RESULT_FILE = "result.json"
"""Name of the result's file in the folder of a run."""

RESULT_KIND = "evaluation"
RESULT_VERSION = 2

Triple = tuple[float, float, float]
"""Three percentages, in the order of ``config.TARGET_NAMES``."""


class ParticipantPrediction(Settings):
    """Prediction of a method for one test participant."""

    participant: str
    n_parts: int
    """Number of stacks, windows or whole recordings that the prediction was averaged over."""
    predicted_pct: Triple
    """Mean over recordings of the mean over the parts of each."""
    sd_pct: Triple
    """Standard deviation over all parts."""
    part_error_pct: Triple | None
    """Mean over parts of the absolute error of each part against the label, as the paper reports errors per stack. None
    for a submission."""


class Costs(Settings):
    """Cost of one fit and its predictions."""

    fit_cpu_s: float
    fit_wall_s: float
    predict_cpu_s: float
    """Per participant, without the preparation (decoding, stacks, tracks) that several methods share."""
    peak_memory_mib: float | None
    """Peak resident memory while fitting and predicting; None where the system does not report it."""


class Preview(Settings):
    """Pictures of one stack, as the report shows them: PNG in base64, so that a report needs the result alone."""

    participant: str
    first_frame_png: str
    temporal_sd_png: str | None
    """Standard deviation over the frames; None for inputs that show a single moment."""
    feature_image_png: str
    """Three channels as red, green and blue, each scaled from its 1st to its 99th percentile."""
    scaling: str
    """The limits of that scaling in numbers, for the caption."""


class Job(Settings):
    """One method fitted in one fold of one repeat for one target, and its predictions for the test participants."""

    method: str
    target: Target
    repeat: int
    """From 1; each repeat has folds of its own. The runs of ``as-released`` share repeat 1."""
    fold: int
    seed: int
    predictions: tuple[ParticipantPrediction, ...]
    """For the fold's test participants that have this target, in natural order."""
    n_parameters: int | None
    """Number of fitted parameters; None for a submission."""
    fits: tuple[Fit, ...]
    notes: tuple[str, ...]
    costs: Costs | None
    """None for a submission."""
    curves: tuple[TrainingCurve, ...] = ()
    autoencoder: AutoencoderScores | None = None
    """Scores on the test participants; only for the first target of a fold, since targets share an autoencoder."""
    previews: tuple[Preview, ...] = ()
    """Feature-images of a few test participants; only for the first target of a fold."""


class RepeatFolds(Settings):
    """The folds of one repeat."""

    repeat: int
    source: str
    """Where the folds come from, such as ``fold folders``, a fold file's name, or ``made: stratified, seed 0``."""
    folds: tuple[Fold, ...]


class MethodInfo(Settings):
    """Facts about a method that took part."""

    name: str
    description: str
    cost: Literal["cheap", "costly", "submission"]
    """``submission``: predictions read from a file."""
    needs: tuple[str, ...]
    """``stacks``, ``tracks``, ``concentration``: the preparation of stacks and tracks is added to the cost of a
    prediction."""
    repeats: int
    """Number of repeats that it took part in, counted from repeat 1."""
    autoencoder: AutoencoderName | None = None
    input_type: InputType | None = None


class EvaluationResult(Settings):
    """A whole evaluation."""

    kind: Literal["evaluation"] = RESULT_KIND
    result_version: Literal[2] = RESULT_VERSION
    motilens_version: str
    versions: dict[str, str]
    """Versions of Python and of the libraries that affect the numbers."""
    command: str
    """The command that reproduces this result, without paths of this machine."""
    dataset: str
    """Name of the data's folder."""
    data_fingerprint: str
    """Hash over the videos' fingerprints, the laboratory's values and the folds."""
    protocol: Protocol
    preset: str
    settings: dict[str, MethodSettings]
    """Settings by method; submissions have none."""
    targets: tuple[Target, ...]
    methods: tuple[MethodInfo, ...]
    """In the order of tables."""
    repeats: tuple[RepeatFolds, ...]
    """``as-released``: one repeat whose folds are three runs with the same training and test participants."""
    participants: tuple[Participant, ...]
    left_out: tuple[LeftOut, ...]
    labels: dict[Target, dict[str, Triple]]
    """What the laboratory counted; errors are taken against it unless stated otherwise."""
    exact: dict[Target, dict[str, Triple]] | None
    """True percentages that the counts of simulated data were drawn from; None for real data or along real tracks."""
    preparation_cpu_s: dict[str, float]
    """CPU seconds per participant on one core, for ``stacks`` and for ``tracks``."""
    jobs: tuple[Job, ...]
