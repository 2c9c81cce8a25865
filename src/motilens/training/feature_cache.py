"""Feature-images of all stacks under one autoencoder, computed once and kept on disk, not again in every epoch.

One NumPy file of half-precision floats, (row, channel, y, x), written whole; half precision keeps three digits of
values that have unit spread, far below the noise of a frame.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motilens.arrays import ChannelImages
from motilens.errors import InputError
from motilens.features.encode import encode
from motilens.files import written_whole
from motilens.models.autoencoder import Autoencoder
from motilens.progress import Progress, Silent
from motilens.training.augment import Vectors, apply_flips
from motilens.training.autoencoder import READ_AT_ONCE, input_batches
from motilens.training.batches import Sample, StackSource


class FeatureCache:
    """Feature-images by row number.

    Args:
        path: a file that ``build`` made; opened when first read, so that loader processes may have their own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._images: np.ndarray | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_path": self._path, "_images": None}

    @classmethod
    def build(
        cls, path: Path, source: StackSource, autoencoder: Autoencoder, *, n_rows: int, progress: Progress | None = None
    ) -> "FeatureCache":
        """Compute the file unless it is there.

        Raises:
            StorageError: it cannot be written.
        """
        autoencoder.eval()
        inputs = input_batches(source, np.arange(n_rows), autoencoder.input_type)
        return cls.write(path, (encode(autoencoder, x) for x in inputs), n_rows=n_rows, progress=progress)

    @classmethod
    def write(
        cls, path: Path, batches: Iterable[ChannelImages], *, n_rows: int, progress: Progress | None = None
    ) -> "FeatureCache":
        """Keep images in the file unless it is there; then nothing is asked of ``batches``.

        Args:
            path: of the file.
            batches: images of rows 0, 1, ... in order, a few at a time.
            n_rows: how many there are.
            progress: told of each row.

        Raises:
            InputError: not so many images, or values that are not finite.
            StorageError: it cannot be written.
        """
        if path.is_file():
            return cls(path)
        with (
            written_whole(path) as temporary,
            (progress or Silent()).task("feature-images", n_rows) as task,
            temporary.open("wb") as file,
        ):
            written = 0
            for images in batches:
                if not np.isfinite(images).all():
                    raise InputError(f"feature-images from row {written} on hold values that are not finite")
                if written == 0:
                    header = {"descr": "<f2", "fortran_order": False, "shape": (n_rows, *images.shape[1:])}
                    np.lib.format.write_array_header_2_0(file, header)
                file.write(images.astype(np.float16).tobytes())
                written += len(images)
                task.advance(len(images))
            if written != n_rows:
                raise InputError(f"{written} feature-images for {n_rows} rows; allowed: one a row")
        return cls(path)

    def read(self, rows: np.ndarray) -> ChannelImages:
        """Images of some rows: (n, channel, y, x), float32; three channels if an encoder made them."""
        images = self._images if self._images is not None else np.load(self._path, mmap_mode="r")
        self._images = images
        return images[rows].astype(np.float32)

    def batches(self, rows: np.ndarray) -> Iterator[ChannelImages]:
        """All of some rows, a few at a time."""
        for start in range(0, len(rows), READ_AT_ONCE):
            yield self.read(rows[start : start + READ_AT_ONCE])


class LabelledImages(torch.utils.data.Dataset[Tensor]):
    """Reads a batch of feature-images and their labels: (n, channel, y, x) and (n, 3), float32."""

    def __init__(self, cache: FeatureCache, labels_pct: np.ndarray, vectors: Vectors = ()) -> None:
        """``labels_pct``: (row, 3), percent, NaN where a row has none; ``vectors``: as in ``augment.apply_flips``."""
        self._cache, self._labels_pct, self._vectors = cache, labels_pct, vectors

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, Tensor]:
        """One batch; the loader calls this once a batch."""
        rows = np.array([sample.row for sample in samples])
        read = zip(self._cache.read(rows), samples, strict=True)
        images = np.stack([apply_flips(image, sample, self._vectors) for image, sample in read])
        return (
            torch.from_numpy(images).contiguous(memory_format=torch.channels_last),
            torch.from_numpy(self._labels_pct[rows].astype(np.float32)),
        )
