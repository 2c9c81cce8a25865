"""What a phase-contrast microscope makes of a transparent thing: Zernike's method, by Fourier optics.

Light that a thing does not bend goes through the ring in the objective, which dims it and shifts its phase; bent light
passes beside the ring; both meet in the image. A thin thing (a tail) comes out dark, a thick one (a head) bright with
a dark rim, and since the ring also catches light that is bent by little, everything thick stands in a halo. Nothing
here is painted: core, rim, halo, their colours and the rings of what is out of focus all follow.

With u = exp(i p) behind the thing (p its phase), P the objective and L what the ring catches::

    field     = P u - L u + ring exp(-i pi/2) L u
    intensity = |field|^2 / ring^2                      1 where there is nothing

F. Zernike, Physica 9 (1942) 686, doi 10.1016/S0031-8914(42)80035-X.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32

WAVELENGTHS_UM = (0.62, 0.54, 0.46)
"""Of red, green and blue."""

REFERENCE_UM = 0.55
"""Phases are given at this wavelength; they fall with the wavelength."""

RING_SHARE = 0.32
"""Amplitude that the ring lets through."""

APERTURE = 0.6
"""Numerical aperture: a 40x dry objective."""

MEDIUM_INDEX = 1.335

HALO_UM = (2.0, 5.5)
"""The light that the ring catches is smooth over these lengths: a narrow part, and a wide one."""

NARROW_SHARE = 0.3

PhaseMap = Float[np.ndarray, "y x"]
"""Radians at 0.55 um, on a fine grid."""

Colours = Float32[np.ndarray, "3 y x"]
"""Red, green, blue."""


@lru_cache(maxsize=64)
def _filters(size: int, um_per_px: float, defocus_um: float) -> tuple[np.ndarray, np.ndarray]:
    """Transfer functions of objective and ring, for each colour: complex and real (3, y, x)."""
    f = np.fft.fftfreq(size, um_per_px)
    squared = f[:, None] ** 2 + f[None, :] ** 2
    wave = np.array(WAVELENGTHS_UM)[:, None, None]
    edge = np.sqrt(squared) * wave - APERTURE
    passes = 1 / (1 + np.exp(np.clip(edge / 0.05, -60, 60)))
    objective = passes * np.exp(-1j * np.pi * wave / MEDIUM_INDEX * defocus_um * squared)
    narrow, wide = (np.exp(-squared * (2 * np.pi * sd) ** 2 / 2) for sd in HALO_UM)
    ring = NARROW_SHARE * narrow + (1 - NARROW_SHARE) * wide
    return objective.astype(np.complex64), ring.astype(np.float32)


def intensity(phase_rad: PhaseMap, *, um_per_px: float, defocus_um: float = 0.0) -> Colours:
    """Light in the image of a thing, over that of an empty field.

    Args:
        phase_rad: (y, x), square; by how much the thing delays light of 0.55 um. Zero at the border.
        um_per_px: side of a pixel of ``phase_rad``; 0.25 or finer resolves what the objective does.
        defocus_um: how far above the focal plane it lies.

    Returns:
        (colour, y, x), float32; 1 is the empty field.
    """
    objective, ring = _filters(len(phase_rad), um_per_px, round(defocus_um, 1))
    wave = np.array(WAVELENGTHS_UM, np.float32)[:, None, None]
    behind = np.exp(1j * phase_rad * (REFERENCE_UM / wave)).astype(np.complex64)
    spectrum = np.fft.fft2(behind)
    caught = np.fft.ifft2(spectrum * ring)
    field = np.fft.ifft2(spectrum * objective) - (1 + 1j * RING_SHARE) * caught
    return (np.abs(field) ** 2 / np.float32(RING_SHARE**2)).astype(np.float32)
