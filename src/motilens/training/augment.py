"""Augmentation: mirroring of images, in training only.

A microscope's view has no preferred direction. Preprocessing, which is always applied, is ``stacks.preprocess``;
prediction cannot import this module.
"""

import numpy as np

from motilens.training.batches import Draw, Sample


def draw_plain(rng: np.random.Generator, rows: np.ndarray) -> list[Sample]:
    """Make samples that are not changed."""
    return [Sample(int(row)) for row in rows]


def draw_flips(rng: np.random.Generator, rows: np.ndarray) -> list[Sample]:
    """Make samples mirrored up-down and left-right, each with probability one half."""
    flips = rng.random((len(rows), 2)) < 0.5
    return [Sample(int(row), flip_y=bool(y), flip_x=bool(x)) for row, (y, x) in zip(rows, flips, strict=True)]


AUGMENTATIONS: dict[str, Draw] = {"none": draw_plain, "flips": draw_flips}
"""Augmentations by the name that the settings use."""


Vectors = tuple[tuple[int, int], ...]
"""Pairs of channels that are the x and y parts of a vector, such as a flow."""


def apply_flips(image: np.ndarray, sample: Sample, vectors: Vectors = ()) -> np.ndarray:
    """Mirror one image (channel, y, x) as its sample says; a view, unless vectors change their sign."""
    flipped = image[:, :: -1 if sample.flip_y else 1, :: -1 if sample.flip_x else 1]
    if not vectors or not (sample.flip_y or sample.flip_x):
        return flipped
    turned = flipped.copy()
    for x, y in vectors:
        if sample.flip_x:
            turned[x] *= -1
        if sample.flip_y:
            turned[y] *= -1
    return turned
