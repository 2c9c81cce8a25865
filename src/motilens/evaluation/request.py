"""What one cross-validation is asked for, and what must not change when it goes on after an interruption."""

from dataclasses import dataclass
from pathlib import Path

from motilens import __version__
from motilens.config import (
    FRAMES,
    INPUT_TYPES,
    InputType,
    Pipeline,
    PresetName,
    Protocol,
    StackConfig,
    Step1Name,
    Target,
    changed,
    preset,
)
from motilens.errors import InputError
from motilens.evaluation.claim import claim


@dataclass(frozen=True)
class CrossValRequest:
    """One cross-validation.

    Attributes:
        data: folder in VISEM's format.
        out: folder of the run.
        inputs: input types.
        targets: what is predicted.
        protocol: as described or as released.
        preset: settings by name.
        step1: another autoencoder than the preset's own.
        settings: others than the preset's, ``part.name=value`` each, as ``config.changed`` takes them.
        folds: None, ``made``, a published split, or a fold file.
        exclude: participants to leave out.
        seed: of folds and trainings.
    """

    data: Path
    out: Path
    inputs: tuple[InputType, ...]
    targets: tuple[Target, ...]
    protocol: Protocol = "as-described"
    preset: PresetName = "cpu"
    step1: Step1Name | None = None
    settings: tuple[str, ...] = ()
    folds: str | None = None
    exclude: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name, values in (("inputs", self.inputs), ("targets", self.targets)):
            if not values or len(set(values)) < len(values):
                raise InputError(f"--{name} got {' '.join(values) or 'nothing'}; allowed: at least one, each once")

    def pipeline(self, input_type: InputType) -> Pipeline:
        """Complete settings for one input type."""
        return changed(preset(self.preset, input_type, step1=self.step1, seed=self.seed), *self.settings)

    def stack_config(self) -> StackConfig:
        """The stacks that serve all inputs: those of the input with the most frames."""
        longest = max(self.inputs, key=lambda i: (FRAMES[i], INPUT_TYPES.index(i)))
        return self.pipeline(longest).stacks

    def command(self) -> str:
        """The command that makes this run again, folders by their names alone."""
        words = ["motilens crossval", self.data.name, "--inputs", *self.inputs, "--targets", *self.targets]
        words += ["--protocol", self.protocol, "--preset", self.preset]
        words += ["--step1", self.step1] if self.step1 else []
        words += ["--folds", Path(self.folds).name] if self.folds else []
        for setting in self.settings:
            name, _, value = setting.partition("=")
            words += ["--set", f"{name}={Path(value).name}" if name == "regressor.weights" else setting]
        for participant in self.exclude:
            words += ["--exclude", participant]
        return " ".join([*words, "--seed", str(self.seed), "--out", self.out.name])


def claim_run(request: CrossValRequest, data_fingerprint: str) -> None:
    """Make sure that a run that goes on is the run that was begun.

    Raises:
        ConfigError: the folder holds a run with other settings or other data; says which differ.
    """
    claim(
        request.out,
        {
            "motilens_version": __version__,
            "command": request.command(),
            "pipelines": {i: request.pipeline(i).model_dump(mode="json") for i in request.inputs},
            "data_fingerprint": data_fingerprint,
        },
    )
