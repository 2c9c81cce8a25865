"""The two training steps as the released scripts of arXiv 1911.03100 take them: what ours is timed against.

Written anew from the paper and from what is known of the scripts; no line is theirs. A plain PyTorch loop: contiguous
memory, stacks kept as single items that are turned into float32 each time they are asked for, a ``DataLoader`` without
workers, Adam with weight decay 1e-5, batch 32. Step 2 runs the whole autoencoder, encoder and decoder, with gradients
on, inside every step of the CNN, which sees the encoder's output.
"""

from collections.abc import Iterable

import numpy as np
import timm
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

BATCH = 32
AUTOENCODER_LEARNING_RATE, REGRESSOR_LEARNING_RATE, WEIGHT_DECAY = 4e-4, 1e-3, 1e-5


def half(channels_in: int, channels_out: int) -> nn.Sequential:
    """The encoder, or the decoder: they differ in their channels alone."""
    return nn.Sequential(
        nn.Conv2d(channels_in, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.ConvTranspose2d(32, 16, 2, stride=2),
        nn.ReLU(),
        nn.ConvTranspose2d(16, channels_out, 2, stride=2),
        nn.ReLU(),
    )


class ReleasedAutoencoder(nn.Module):
    """Stacks (N, C, H, W) in; the stacks again and the feature-images (N, 3, H, W) out."""

    def __init__(self, channels: int = 18) -> None:
        super().__init__()
        self.encoder, self.decoder = half(channels, 3), half(3, channels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and feature-image."""
        images = self.encoder(x)
        return self.decoder(images), images


class StackItems(Dataset[tuple[Tensor, Tensor]]):
    """One stack at a time: (C, H, W) float32, grey 0-1, and three percentages."""

    def __init__(self, stacks: np.ndarray, labels_pct: np.ndarray) -> None:
        """``stacks``: (n, frame, y, x), uint8; ``labels_pct``: (n, 3)."""
        self._items, self._labels_pct = list(stacks), labels_pct

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self._items[index].astype(np.float32) / 255), torch.from_numpy(
            self._labels_pct[index].astype(np.float32)
        )


def batches(stacks: np.ndarray, labels_pct: np.ndarray, seed: int, batch_size: int = BATCH) -> DataLoader[Tensor]:
    """Shuffled batches of stacks and labels, made in the training process."""
    rng = torch.Generator().manual_seed(seed)
    items = StackItems(stacks, labels_pct)
    return DataLoader(items, batch_size=batch_size, shuffle=True, generator=rng)  # type: ignore[return-value]


class AutoencoderTraining:
    """Step 1."""

    def __init__(self, autoencoder: ReleasedAutoencoder) -> None:
        self.autoencoder = autoencoder
        self._loss = nn.MSELoss()
        self._optimiser = torch.optim.Adam(
            autoencoder.parameters(), lr=AUTOENCODER_LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )

    def epoch(self, loader: Iterable[list[Tensor]]) -> float:
        """One pass; the mean loss over its batches."""
        self.autoencoder.train()
        losses = []
        for x, _ in loader:
            self._optimiser.zero_grad()
            found, _ = self.autoencoder(x)
            loss = self._loss(found, x)
            loss.backward()
            self._optimiser.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)


class RegressorTraining:
    """Step 2. The optimiser has the CNN's parameters; the gradients of the encoder are computed and not used."""

    def __init__(self, autoencoder: ReleasedAutoencoder, backbone: str) -> None:
        self.autoencoder = autoencoder
        self.cnn: nn.Module = timm.create_model(backbone, pretrained=False, num_classes=3)
        self._loss = nn.MSELoss()
        self._optimiser = torch.optim.Adam(self.cnn.parameters(), lr=REGRESSOR_LEARNING_RATE, weight_decay=WEIGHT_DECAY)

    def epoch(self, loader: Iterable[list[Tensor]]) -> float:
        """One pass; the mean loss over its batches."""
        self.cnn.train()
        losses = []
        for x, labels_pct in loader:
            self._optimiser.zero_grad()
            _, images = self.autoencoder(x)
            loss = self._loss(self.cnn(images), labels_pct)
            loss.backward()
            self._optimiser.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)
