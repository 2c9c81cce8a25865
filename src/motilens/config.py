"""All settings: frozen, documented field by field, unknown keys refused. A default stands here and nowhere else.

A ``Pipeline`` is everything that decides a result apart from the data: which frames, which networks, how they are
trained. ``preset`` makes one for an input type. It travels beside every weight file and into every result.
"""

import json
from collections.abc import Callable
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from motilens.errors import ConfigError

InputType = Literal["I1", "I2", "I3", "I4"]
"""The paper's inputs: one frame, one frame nine times, 9 consecutive frames, 18 consecutive frames."""

Target = Literal["motility", "morphology"]
"""What is predicted, in percent of cells."""

Protocol = Literal["as-described", "as-released"]
"""How models are evaluated: as the paper describes, or as its released scripts do (fold 1 three times)."""

PresetName = Literal["paper", "cpu", "benchmark", "demo"]
"""Names of complete settings; ``paper`` wants a GPU."""

INPUT_TYPES: tuple[InputType, ...] = get_args(InputType)
TARGETS: tuple[Target, ...] = get_args(Target)
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
Step1Name = Literal["paper", "stable"]
"""The autoencoder as published, or ours whose channels cannot die."""

PRESETS: tuple[PresetName, ...] = get_args(PresetName)

FRAMES: dict[InputType, int] = {"I1": 1, "I2": 1, "I3": 9, "I4": 18}
"""Different frames in one stack."""

CHANNELS: dict[InputType, int] = {"I1": 1, "I2": 9, "I3": 9, "I4": 18}
"""Channels that the autoencoder sees; I2 repeats its frame."""

TARGET_NAMES: dict[Target, tuple[str, str, str]] = {
    "motility": ("progressive", "non-progressive", "immotile"),
    "morphology": ("head defects", "midpiece and neck defects", "tail defects"),
}
"""Names of the three percentages, in the order of every array."""


def has_motion(input_type: InputType) -> bool:
    """Tell whether stacks of this type show more than one moment."""
    return FRAMES[input_type] > 1


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StackConfig(Settings):
    """Which frames of a video become stacks, and how large."""

    input_type: InputType = "I4"
    stacks_per_video: int = Field(default=250, ge=1)
    """Stacks spread evenly over the video (the released scripts use 250)."""
    size_px: int = Field(default=256, ge=16, multiple_of=4)
    """Height and width after area averaging. The paper's networks halve it twice, so a multiple of 4."""
    rate_hz: float = Field(default=50.0, gt=0)
    """Frames a second that a stack shall have; VISEM's nominal rate."""
    rate_tolerance: float = Field(default=0.05, ge=0, lt=1)
    """Constant rates within this share of ``rate_hz`` are taken frame by frame (VISEM has 48 to 50.18)."""
    force_slow: bool = False
    """Take a video that is too slow frame by frame all the same; said in its record."""


class AutoencoderConfig(Settings):
    """Step 1: the network that turns a stack into a feature-image, and its training."""

    network: Literal["paper", "full-resolution"] = "full-resolution"
    """``paper``: two poolings, ReLU at both ends; ``full-resolution``: 3 x 3 convolutions, linear ends."""
    width: int = Field(default=32, ge=1)
    """Channels of the hidden layers of ``full-resolution``; ``paper`` has its own."""
    objective: Literal["reconstruction", "deviation"] = "deviation"
    """``deviation`` reconstructs the stack minus its mean over time; without motion use ``reconstruction``."""
    standardise: bool = True
    """Subtract the training mean and divide by the training spread before the network."""
    crop_px: int | None = Field(default=64, ge=8, multiple_of=4)
    """Train on random crops of this size; None trains on whole frames. The networks are fully convolutional."""
    epochs: int = Field(default=20, ge=1)
    steps_per_epoch: int | None = Field(default=None, ge=1)
    """None: as many as it takes to see each training stack once."""
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    schedule: Literal["constant", "one-cycle"] = "one-cycle"


class RegressorConfig(Settings):
    """Step 2: the CNN that reads three percentages off a feature-image, and its training."""

    backbone: str = "resnet34.tv_in1k"
    """Any timm model."""
    weights: str = "imagenet"
    """``imagenet`` (timm's own loading), ``package`` (ImageNet weights of tf_efficientnet_lite0 from the optional extra
    ``motilens[lite0]``), ``none``, or the path of a safetensors or PyTorch state-dict file."""
    head: Literal["bounded", "linear"] = "bounded"
    """``bounded``: motility is a composition that sums to 100, morphology three values in 0-100; ``linear``: the
    paper's plain linear layer."""
    input_scaling: Literal["standardise", "none"] = "standardise"
    """``standardise``: feature-images get zero mean and unit spread a channel, over the training stacks."""
    augment: Literal["none", "flips"] = "flips"
    epochs: int = Field(default=12, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    schedule: Literal["constant", "one-cycle"] = "one-cycle"
    choose_epoch: bool = True
    """An inner split chooses the number of epochs. False: train on all training participants for all ``epochs``, with
    nothing chosen: a dozen people who choose are a noisy judge."""
    refit: bool = True
    """After the inner split has chosen the number of epochs, train anew on all training participants for that many: a
    whole schedule of that length, so that the learning rate has come down at its end."""


class Pipeline(Settings):
    """Everything that decides a result apart from the data."""

    preset: str
    stacks: StackConfig
    autoencoder: AutoencoderConfig
    regressor: RegressorConfig
    inner_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the training participants held out to choose the epoch."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> "Pipeline":
        crop_px, size_px = self.autoencoder.crop_px, self.stacks.size_px
        if crop_px is not None and crop_px > size_px:
            raise ValueError(
                f"crop_px is {crop_px}, larger than the stacks' size_px {size_px}; allowed: at most {size_px}"
            )
        if self.autoencoder.objective == "deviation" and not has_motion(self.stacks.input_type):
            raise ValueError(
                f"objective is 'deviation', but {self.stacks.input_type} has one moment and nothing deviates; "
                "allowed: 'reconstruction'"
            )
        return self


def stable_autoencoder(input_type: InputType, **changes: object) -> AutoencoderConfig:
    """Our default step 1, with plain reconstruction where there is no motion."""
    objective = "deviation" if has_motion(input_type) else "reconstruction"
    return AutoencoderConfig.model_validate({"objective": objective, **changes})


def paper_autoencoder(**changes: object) -> AutoencoderConfig:
    """Step 1 as published: layers, MSE, Adam 4e-4, weight decay 1e-5, batch 32, 2,000 epochs (arXiv 1911.03100)."""
    settings: dict[str, object] = {
        "network": "paper",
        "objective": "reconstruction",
        "standardise": False,
        "crop_px": None,
        "epochs": 2000,
        "learning_rate": 4e-4,
        "weight_decay": 1e-5,
        "schedule": "constant",
    }
    return AutoencoderConfig.model_validate(settings | changes)


def changed(pipeline: Pipeline, *settings: str) -> Pipeline:
    """A pipeline with some settings of its own, checked together again.

    Args:
        pipeline: where to start from.
        settings: ``part.name=value`` each, such as ``autoencoder.epochs=40`` or ``regressor.backbone=resnet50``.

    Raises:
        ConfigError: no such setting, or a value that is not allowed; says which are.
    """
    content = pipeline.model_dump()
    for setting in settings:
        name, equals, text = setting.partition("=")
        *parts, last = name.split(".")
        place = content
        for part in parts:
            place = place.get(part, {}) if isinstance(place, dict) else {}
        if not equals or not isinstance(place, dict) or last not in place or isinstance(place[last], dict):
            raise ConfigError(
                f"no setting {setting!r}; allowed: NAME=VALUE with NAME one of {', '.join(_names(content))}"
            )
        place[last] = _value(text)
    crop_px, size_px = content["autoencoder"]["crop_px"], content["stacks"]["size_px"]
    if isinstance(crop_px, int) and isinstance(size_px, int) and "autoencoder.crop_px" not in str(settings):
        content["autoencoder"]["crop_px"] = min(crop_px, size_px)
    try:
        return Pipeline.model_validate(content)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'settings'} got {e['input']!r}: {e['msg']}" if e["loc"] else e["msg"]
            for e in error.errors()
        )
        raise ConfigError(f"settings that are not allowed: {told}") from error


def _names(content: dict[str, Any], prefix: str = "") -> list[str]:
    names = []
    for name, value in content.items():
        names += _names(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return names


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def preset(name: PresetName, input_type: InputType, *, step1: Step1Name | None = None, seed: int = 0) -> Pipeline:
    """Complete settings by name.

    Args:
        name: ``paper`` (the published method, for a GPU), ``cpu`` (85 participants in 3 hours on 2 cores),
            ``benchmark`` (every method of the benchmark in 4 hours on 2 cores) or ``demo``.
        input_type: I1, I2, I3 or I4.
        step1: another autoencoder than the preset's own (``paper`` for ``paper``, ``stable`` for the others).
        seed: where all chance of the training comes from.

    Raises:
        ConfigError: no preset of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"no preset {name!r}; allowed: {', '.join(PRESETS)}")
    stacks_per_video, size_px = {"paper": (250, 256), "cpu": (20, 128), "benchmark": (12, 128), "demo": (6, 96)}[name]
    step1 = step1 or ("paper" if name == "paper" else "stable")
    return Pipeline(
        preset=name,
        stacks=StackConfig(input_type=input_type, stacks_per_video=stacks_per_video, size_px=size_px),
        autoencoder=_AUTOENCODERS[name, step1](input_type),
        regressor=_REGRESSORS[name],
        seed=seed,
    )


_AUTOENCODERS: dict[tuple[str, str], Callable[[InputType], AutoencoderConfig]] = {
    ("paper", "paper"): lambda _: paper_autoencoder(),
    ("paper", "stable"): lambda input_type: stable_autoencoder(input_type, crop_px=128, epochs=100),
    ("cpu", "paper"): lambda _: paper_autoencoder(epochs=40, steps_per_epoch=50),
    ("cpu", "stable"): lambda input_type: stable_autoencoder(
        input_type, batch_size=16, epochs=10 if has_motion(input_type) else 3, steps_per_epoch=100
    ),
    ("benchmark", "paper"): lambda _: paper_autoencoder(crop_px=64, epochs=60, steps_per_epoch=50),
    ("benchmark", "stable"): lambda input_type: stable_autoencoder(
        input_type, batch_size=16, epochs=10 if has_motion(input_type) else 3, steps_per_epoch=100
    ),
    ("demo", "paper"): lambda _: paper_autoencoder(epochs=10, steps_per_epoch=20),
    ("demo", "stable"): lambda input_type: stable_autoencoder(
        input_type, width=16, crop_px=48, epochs=6 if has_motion(input_type) else 2, steps_per_epoch=60
    ),
}

_REGRESSORS: dict[str, RegressorConfig] = {
    "paper": RegressorConfig(
        head="linear", input_scaling="none", augment="none", schedule="constant", epochs=200, refit=False
    ),
    "cpu": RegressorConfig(backbone="tf_efficientnet_lite0", weights="package", epochs=8),
    "benchmark": RegressorConfig(
        backbone="tf_efficientnet_lite0", weights="package", epochs=5, batch_size=16, choose_epoch=False
    ),
    "demo": RegressorConfig(backbone="tf_efficientnet_lite0", weights="package", epochs=8),
}
