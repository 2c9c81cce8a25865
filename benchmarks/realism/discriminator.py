"""Discriminator: a small CNN that learns which patches are real, with parts of them hidden in turn.

Training and testing patches differ in place and time (``patches``). Each view hides something, to show in what a
simulation differs: without motion, only motion, coarse structure, fine texture, or patches without heads. The clip's
median grey is subtracted, and the rest divided by a constant of the view. In training each patch is turned, mirrored
and shifted by up to 2 grey. An AUC of 0.5 means that this CNN found no difference; a larger one might.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .auc import Auc, auc_interval
from .patches import DEPTH, Patches

BATCH = 32
LEARNING_RATE = 3e-3
LEVEL_SHIFT_GREY = 2.0
LEAST_PATCHES = 20


@dataclass(frozen=True)
class View:
    """What the CNN is shown.

    Attributes:
        label: for people.
        show: from (b, 18, y, x) grey above the clip's median to (b, channels, y, x).
        channels: of what is shown.
        scale_grey: what counts as 1.
        headless: only patches without heads.
    """

    label: str
    show: Callable[[torch.Tensor], torch.Tensor]
    channels: int
    scale_grey: float
    headless: bool = False


def blurred(grey: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """Gaussian blur of each frame, edges mirrored; as two products with a matrix, which is fast for small frames."""
    rows, columns = (
        torch.from_numpy(cv2.GaussianBlur(np.eye(size, dtype=np.float32), (1, 0), 1e-6, sigmaY=sigma_px))
        for size in grey.shape[-2:]
    )
    return rows @ grey @ columns.T


VIEWS: dict[str, View] = {
    "whole": View("whole patches", lambda grey: grey, DEPTH, 32),
    "frame": View("single frames (no motion)", lambda grey: grey[:, DEPTH // 2 : DEPTH // 2 + 1], 1, 32),
    "motion": View("less the mean over time (motion only)", lambda grey: grey - grey.mean(1, keepdim=True), DEPTH, 16),
    "coarse": View("blurred by 2 px (coarse structure)", lambda grey: blurred(grey, 2), DEPTH, 32),
    "fine": View("less the blur by 1 px (texture and noise)", lambda grey: grey - blurred(grey, 1), DEPTH, 4),
    "headless": View("patches without heads", lambda grey: grey, DEPTH, 16, headless=True),
}


class Discriminator(nn.Module):
    """Three convolutions, mean and maximum over the patch, one score: positive is "not real"."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        sizes = (channels, 16, 32, 48)
        layers: list[nn.Module] = []
        for number, (of, to) in enumerate(pairwise(sizes)):
            kernel = 5 if number == 0 else 3
            layers += [nn.Conv2d(of, to, kernel, 2, kernel // 2, bias=False), nn.BatchNorm2d(to), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.score = nn.Linear(2 * sizes[-1], 1)

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        """(b, channels, y, x) to (b,)."""
        found = self.features(shown)
        return self.score(torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1))[:, 0]


def discriminate(
    train: tuple[Patches, Patches], test: tuple[Patches, Patches], view: View, *, steps: int, seed: int
) -> Auc:
    """Train on one part, test on the other.

    Args:
        train: patches of the real source and of the other; as many are used of both.
        test: the same for testing.
        view: what is shown.
        steps: optimiser steps.
        seed: of the weights, the order and the turns.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Discriminator(view.channels)
    optimiser = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    n = min(map(len, train))
    target = torch.tensor([0.0, 1.0]).repeat_interleave(BATCH // 2)
    model.train()
    for _ in range(steps):
        drawn = [_grey(source, rng.integers(0, n, BATCH // 2)) for source in train]
        shown = view.show(_augmented(torch.cat(drawn), rng)) / view.scale_grey
        optimiser.zero_grad()
        F.binary_cross_entropy_with_logits(model(shown), target).backward()
        optimiser.step()
        schedule.step()
    n = min(map(len, test))
    real, other = (_scores(model, source.first(n), view) for source in test)
    return auc_interval(other, real, test[1].tile[:n], test[0].tile[:n], rng)


def probes(
    real: Mapping[str, Patches], other: Mapping[str, Patches], *, steps: int, seed: int, views: tuple[str, ...]
) -> tuple[dict[str, Auc], dict[str, str]]:
    """Discriminate two sources in several views.

    Args:
        real: patches by "train", "test", "train_headless", "test_headless".
        other: the same.
        steps: optimiser steps of each view.
        seed: of each view.
        views: names of ``VIEWS``.

    Returns:
        AUC by view, and for the other views the reason.
    """
    found: dict[str, Auc] = {}
    reasons: dict[str, str] = {}
    for name in views:
        ending = "_headless" if VIEWS[name].headless else ""
        train, test = ((real[part + ending], other[part + ending]) for part in ("train", "test"))
        least = min(map(len, (*train, *test)))
        if least < LEAST_PATCHES:
            what = "without heads " if ending else ""
            reasons[name] = f"{least} patches {what}came of a source or part, at least {LEAST_PATCHES} are needed"
        else:
            found[name] = discriminate(train, test, VIEWS[name], steps=steps, seed=seed)
    return found, reasons


def _grey(patches: Patches, which: np.ndarray) -> torch.Tensor:
    level = torch.from_numpy(patches.level_grey[which].astype(np.float32))
    return torch.from_numpy(patches.pixels[which]).float() - level[:, None, None, None]


def _augmented(grey: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    turned = []
    for patch in grey:
        turns, mirror = int(rng.integers(4)), bool(rng.integers(2))
        patch = torch.rot90(patch, turns, (1, 2))
        turned.append(patch.flip(2) if mirror else patch)
    shift = torch.from_numpy(rng.uniform(-LEVEL_SHIFT_GREY, LEVEL_SHIFT_GREY, len(grey)).astype(np.float32))
    return torch.stack(turned) + shift[:, None, None, None]


@torch.inference_mode()
def _scores(model: Discriminator, patches: Patches, view: View) -> np.ndarray:
    model.eval()
    chunks = np.array_split(np.arange(len(patches)), max(1, len(patches) // 64))
    scores = [model(view.show(_grey(patches, chunk)) / view.scale_grey) for chunk in chunks]
    return torch.cat(scores).numpy()
