"""Networks and their training: the autoencoder, the CNN on images, the 3D CNN on frames."""

from typing import Literal

from pydantic import Field

from motilens.config.base import AutoencoderName, InputType, Settings, has_motion

LossName = Literal["mse", "l1", "huber"]
"""Mean squared error, mean absolute error, or Huber (squared below an error of 1, absolute above)."""


Padding = Literal["reflect", "zeros"]
"""What an encoder sees beyond the edges of a stack: the stack mirrored, or zeros."""


class AutoencoderConfig(Settings):
    """Step 1: the network that turns a stack into a feature-image, and its training."""

    network: Literal["paper", "full-resolution"] = "full-resolution"
    """``paper``: two poolings, ReLU at both ends; ``full-resolution``: 3 x 3 convolutions, linear ends."""
    width: int = Field(default=32, ge=1)
    """Channels of the hidden layers of ``full-resolution``; ``paper`` has its own."""
    padding: Padding = "reflect"
    """Edges of the encoder. ``reflect``: the stack is mirrored there; ``zeros``: each convolution appends zeros, as
    published, which leaves a frame in feature-images. The decoder always appends zeros."""
    objective: Literal["reconstruction", "deviation"] = "deviation"
    """``deviation`` reconstructs the stack minus its mean over time; without motion use ``reconstruction``."""
    loss: LossName = "mse"
    """Loss of the decoder's output against the objective's target, in network units; it also chooses the epoch."""
    standardise: bool = True
    """Subtract the training mean and divide by the training standard deviation before the network."""
    crop_px: int | None = Field(default=64, ge=8, multiple_of=4)
    """Train on random crops of this size; None trains on whole frames. The networks are fully convolutional."""
    epochs: int = Field(default=20, ge=1)
    steps_per_epoch: int | None = Field(default=None, ge=1)
    """Steps per epoch; None for one pass over the training stacks."""
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    schedule: Literal["constant", "one-cycle"] = "one-cycle"


class RegressorConfig(Settings):
    """Step 2: the CNN that predicts three percentages from a feature-image, and its training."""

    backbone: str = "resnet34.tv_in1k"
    """Name of any timm model."""
    weights: str = "imagenet"
    """``imagenet`` (timm's own loading), ``package`` (ImageNet weights of tf_efficientnet_lite0 from the optional extra
    ``motilens[lite0]``), ``none``, or the path of a safetensors or PyTorch state-dict file."""
    head: Literal["bounded", "linear"] = "bounded"
    """``bounded``: motility is a composition that sums to 100, morphology three values in 0-100; ``linear``: the
    paper's plain linear layer."""
    input_scaling: Literal["standardise", "none"] = "standardise"
    """``standardise``: feature-images get zero mean and unit standard deviation a channel, over the training stacks."""
    loss: LossName = "mse"
    """Loss on percentages. The epoch is chosen by the mean absolute error per participant, whatever the loss."""
    augment: Literal["none", "flips"] = "flips"
    epochs: int = Field(default=12, ge=1)
    batch_size: int = Field(default=32, ge=2)
    """Images per step; at least two, since batch normalisation in a backbone needs several."""
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    schedule: Literal["constant", "one-cycle"] = "one-cycle"
    choose_epoch: bool = True
    """An inner split chooses the number of epochs. False: train on all training participants for all ``epochs``, with
    nothing chosen, since a choice by a dozen participants is noisy."""
    refit: bool = True
    """After the inner split has chosen the number of epochs, retrain on all training participants with a
    complete schedule of that length, so that the learning rate is low at its end."""


class VideoCnnConfig(Settings):
    """A 3D CNN and its training. It starts from random numbers, so its training is not that of a pre-trained CNN."""

    size_px: int = Field(default=64, ge=16)
    """Height and width after area averaging; smaller stacks stay as they are."""
    widths: tuple[int, int, int, int] = (16, 32, 64, 64)
    """Channels of the four layers."""
    dropout: float = Field(default=0.2, ge=0, lt=1)
    loss: LossName = "mse"
    """Loss on percentages, as for the regressor."""
    epochs_ratio: float = Field(default=3.0, gt=0)
    """Epochs per epoch of the regressor: a step costs a third of EfficientNet-Lite0's, so the budget is the same.
    """
    batch_size: int = Field(default=16, ge=2)
    learning_rate: float = Field(default=2e-3, gt=0)
    """On drawn stacks of spots of which a known share moves, 1e-3 to 3e-3 did about equally well; 1e-2 learned nothing.
    """
    weight_decay: float = Field(default=1e-4, ge=0)
    schedule: Literal["constant", "one-cycle"] = "one-cycle"


PUBLISHED_AUTOENCODER = AutoencoderConfig(
    network="paper",
    padding="zeros",
    objective="reconstruction",
    standardise=False,
    crop_px=None,
    epochs=2000,
    learning_rate=4e-4,
    weight_decay=1e-5,
    schedule="constant",
)
"""Step 1 as published: layers, MSE, Adam 4e-4, weight decay 1e-5, batch 32, 2,000 epochs (arXiv 1911.03100)."""


def autoencoder_config(name: AutoencoderName, input_type: InputType) -> AutoencoderConfig:
    """Default settings of an autoencoder by name; ``stable`` reconstructs plainly where there is no motion."""
    if name == "paper":
        return PUBLISHED_AUTOENCODER
    return AutoencoderConfig(objective="deviation" if has_motion(input_type) else "reconstruction")
