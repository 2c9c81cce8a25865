"""Counting of cells: stacks at a given width of a pixel, the network, and its training."""

from typing import Literal

from pydantic import Field

from motilens.config.base import InputType, Settings, Target
from motilens.config.stacks import StackConfig

MODEL_UM_PER_PX: dict[Target, float] = {"motility": 1.0, "morphology": 0.5}
"""Width of a pixel at which cells are counted: half of VISEM's resolution for motility, VISEM's own for morphology."""


class CounterConfig(Settings):
    """The network that turns a stack into a feature-image, and counts the cells in it."""

    input_type: InputType = "I4"
    encoder_width: int = Field(default=16, ge=1)
    """Channels of the encoder's hidden layers; its output, the feature-image, has three."""
    backbone: str = "small"
    """``small``: five layers of our own; or the name of any timm model that gives features at ``stride``."""
    widths: tuple[int, int, int, int, int] = (32, 64, 96, 96, 96)
    """Channels of the layers of ``small``."""
    stride: Literal[4, 8] = 4
    """Pixels of the feature-image for one pixel of the maps."""


class CounterTrainingConfig(Settings):
    """How the network is trained. Losses of weight 0 are left out."""

    steps: int = Field(default=1500, ge=1)
    batch_size: int = Field(default=12, ge=1)
    """Crops of simulated stacks in a step."""
    crop_px: int = Field(default=96, ge=32, multiple_of=8)
    """Height and width of the crops."""
    largest_zoom: float = Field(default=0.18, ge=0)
    """Largest change of size of a crop, as a natural logarithm."""
    centred_share: float = Field(default=0.0, ge=0, lt=1)
    """Share of the crops that are laid around a cell. They teach what cells are, and not where, since they would teach
    that there is always one in the middle."""
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    cells_weight: float = Field(default=1.0, ge=0)
    """Weight of the loss on maps of the cells, which simulated stacks have."""
    kinds_weight: float = Field(default=5.0, ge=0)
    """Within that loss, weight of what is sought of each cell - its class for motility, its defects for morphology -
    relative to where it is. 1 is the likelihood of both."""
    labels_weight: float = Field(default=0.0, ge=0)
    """Weight of the loss on the percentages of a participant's stacks, which a laboratory has."""
    count_weight: float = Field(default=0.0, ge=0)
    """Weight of the loss on the number of heads that the classical detector counts."""

    @property
    def is_on(self) -> bool:
        """Whether any loss has a weight."""
        return self.cells_weight + self.labels_weight + self.count_weight > 0


def counter_training(target: Target) -> CounterTrainingConfig:
    """Training of the built-in networks.

    Defects are learned much more slowly than places, and need many cells: for morphology most crops are small and laid
    around a cell. They keep their size, since interpolated pixels lose the width of a midpiece, and the size of a head
    tells a defect.
    """
    if target == "motility":
        return CounterTrainingConfig(steps=5000)
    return CounterTrainingConfig(
        steps=8000, batch_size=48, crop_px=64, centred_share=0.75, kinds_weight=3.0, largest_zoom=0.0
    )


class CountingConfig(Settings):
    """Predicts from counts of cells."""

    stacks_per_video: int = Field(default=20, ge=1)
    """Number of stacks, evenly spaced over the video."""
    repeated_from_hz: float | None = Field(default=24.0, gt=0)
    """Lowest frame rate at which frames of a slow video are repeated to fill the network's 50 Hz."""
    force_slow: bool = False
    """Use all frames of a video that is slower still; its record says so."""
    weights: str = "builtin"
    """``builtin``, a folder of counters that ``motilens train-counters`` has trained, or ``none``: from random numbers,
    with ``training``."""
    alphas: tuple[float, ...] = Field(default=(0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0), min_length=1)
    """Strengths of the ridge regression from shares to a laboratory's percentages, to choose from."""
    training: CounterTrainingConfig = CounterTrainingConfig(cells_weight=0.0)
    """Training of the network on the training participants' percentages, before it counts; there is none as long as all
    weights of losses are 0."""
    calibrate: bool = True
    """Fit that ridge regression; False predicts the shares as they are."""

    def stacks(self, input_type: InputType, target: Target) -> StackConfig:
        """Settings of the stacks in which cells are counted for a target."""
        return StackConfig(
            input_type=input_type,
            stacks_per_video=self.stacks_per_video,
            um_per_px=MODEL_UM_PER_PX[target],
            repeated_from_hz=self.repeated_from_hz,
            force_slow=self.force_slow,
        )
