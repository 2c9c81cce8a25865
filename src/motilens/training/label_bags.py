"""Trains a counter on what a laboratory has: percentages of a participant, and no cell's place or class.

All stacks of a participant share one label, so a few of them form a *bag* (multiple-instance learning, Dietterich et
al. 1997, doi 10.1016/S0004-3702(96)00034-3). The sums of the maps over a bag give shares, which are compared with the
label; the number of heads that the classical detector counts keeps the maps from counting something else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motilens.config import FRAMES, CounterConfig, Target
from motilens.networks.counter import DEFECTS, MOTILITY
from motilens.stacks.stack_batch import StackBatch
from motilens.training.batches import Draw, Sample
from motilens.training.cell_crops import CellCrops, CellSample

STACKS_IN_BAG = 4
_TINY = 1e-4


@dataclass(frozen=True)
class Bag:
    """One participant.

    Attributes:
        read: function from numbers of stacks, ascending, to the stacks.
        heads: (stack,) number of heads that the classical detector counts in each stack.
        label_pct: (3,) the laboratory's percentages.
    """

    read: Callable[[np.ndarray], StackBatch]
    heads: np.ndarray
    label_pct: np.ndarray


@dataclass(frozen=True)
class BagSample(Sample):
    """One stack of a bag, and a crop of a labelled stack beside it.

    Attributes:
        row: number of the participant.
        stack: number of the stack.
        crop: the crop; None if there are no labelled stacks.
    """

    row: int
    stack: int = 0
    crop: CellSample | None = None


@dataclass(frozen=True)
class DrawBags:
    """Draws bags: each batch has ``STACKS_IN_BAG`` stacks of one participant.

    Attributes:
        n_stacks: number of stacks of each participant.
        n_crops: number of labelled stacks; 0 for none.
        draw_crops: function that draws one crop of each labelled stack.
    """

    n_stacks: tuple[int, ...]
    n_crops: int
    draw_crops: Draw

    def __call__(self, rng: np.random.Generator, rows: np.ndarray) -> list[Sample]:
        """Turn the shuffled participants of an epoch into samples; every ``STACKS_IN_BAG``-th of them is used."""
        crops: Sequence[Sample | None] = [None] * len(rows)
        if self.n_crops:
            crops = self.draw_crops(rng, rng.integers(0, self.n_crops, len(rows)))
        samples: list[Sample] = []
        for start in range(0, len(rows), STACKS_IN_BAG):
            participant, n = int(rows[start]), min(STACKS_IN_BAG, len(rows) - start)
            stacks = rng.choice(self.n_stacks[participant], n, replace=n > self.n_stacks[participant])
            for k, stack in enumerate(stacks.tolist()):
                crop = crops[start + k]
                assert crop is None or isinstance(crop, CellSample)
                samples.append(BagSample(participant, stack=stack, crop=crop))
        return samples


class BagStacks(torch.utils.data.Dataset[Tensor]):
    """Reads bags.

    Args:
        bags: the participants.
        config: the network; determines frames and stride.
        crops: reads crops of labelled stacks; None for none.
    """

    def __init__(self, bags: Sequence[Bag], config: CounterConfig, crops: CellCrops | None) -> None:
        self._bags, self._config, self._crops = bags, config, crops

    def __getitems__(self, samples: list[BagSample]) -> tuple[Tensor, ...]:
        """Read one batch.

        Returns:
            The stacks of the bag, (n, frame, y, x), grey 0-1; its label, (3,), percent; the heads in each stack, (n,);
            and crops with their maps as ``CellCrops`` gives them, if there are labelled stacks.
        """
        bag, stacks = self._bags[samples[0].row], np.array([sample.stack for sample in samples])
        height, width = (
            side // self._config.stride * self._config.stride for side in bag.read(stacks[:1]).pixels.shape[2:]
        )
        order, back = np.unique(stacks, return_inverse=True)  # a store reads rows in ascending order
        pixels = bag.read(order).pixels[back, : FRAMES[self._config.input_type], :height, :width]
        grey = torch.from_numpy(pixels.astype(np.float32) / np.float32(255))
        label, heads = (torch.from_numpy(v.astype(np.float32)) for v in (bag.label_pct, bag.heads[stacks]))
        if self._crops is None:
            return grey, label, heads
        crops = [sample.crop for sample in samples if sample.crop is not None]
        return grey, label, heads, *self._crops.__getitems__(crops)


def composition_loss(maps: Tensor, label_pct: Tensor, target: Target) -> Tensor:
    """Cross entropy between a label and the shares of a bag, above that of the label itself.

    Args:
        maps: (n, 6, y, x), the maps of all stacks of the bag.
        label_pct: (3,), percent.
        target: motility (classes, which exclude each other) or morphology (defects, which do not).
    """
    sums = maps.sum(dim=(0, 2, 3))
    share = sums[MOTILITY if target == "motility" else DEFECTS] / (sums[MOTILITY].sum() + _TINY)
    share, label = share.clamp(_TINY, 1 - _TINY), (label_pct / 100).clamp(_TINY, 1 - _TINY)
    if target == "motility":
        return (label * (label.log() - share.log())).sum()
    return (label * (label / share).log() + (1 - label) * ((1 - label) / (1 - share)).log()).sum()


def heads_loss(maps: Tensor, heads: Tensor) -> Tensor:
    """Mean squared difference of the logarithms of counted cells and of detected heads, each plus one.

    Args:
        maps: (n, 6, y, x).
        heads: (n,).
    """
    return (torch.log1p(maps[:, MOTILITY].sum(dim=(1, 2, 3))) - torch.log1p(heads)).square().mean()
