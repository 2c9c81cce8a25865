"""Computes phase-contrast images of transparent objects: Zernike's method, by Fourier optics.

Light that an object does not diffract passes through the phase ring of the objective, which dims it and shifts its
phase; diffracted light passes beside the ring; both interfere in the image. A thin object (a tail) becomes dark, a
thick one (a head) bright with a dark rim; and since light diffracted by small angles passes through the ring, too,
thick objects have a halo. Core, rim, halo, their colours and the rings of objects out of focus all result from this.

With u = exp(i p) behind the object (p its phase delay), P the objective and L the low-pass filter of the ring::

    field     = P u - L u + ring exp(-i pi/2) L u
    intensity = |field|^2 / ring^2                      1 in an empty field

Bright field has no ring: the field is P u. What makes objects visible there is what they take away: light that they
scatter beyond the objective, in proportion to their phase, and at their edges; so heads are dark::

    u = exp((i - SCATTERED) p)

F. Zernike, Physica 9 (1942) 686, doi 10.1016/S0031-8914(42)80035-X.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32
from scipy.fft import fft2, ifft2

WAVELENGTHS_UM = (0.62, 0.54, 0.46)
"""Wavelengths of red, green and blue."""

REFERENCE_UM = 0.55
"""Wavelength at which phases are given; they are proportional to its inverse."""

RING_SHARE = 0.32
"""Share of the amplitude that the ring transmits."""

APERTURE = 0.6
"""Numerical aperture: a 40x dry objective."""

MEDIUM_INDEX = 1.335

HALO_UM = (1.6, 4.5)
"""Standard deviations of the two Gaussians of which the ring's low-pass filter is composed."""

NARROW_SHARE = 0.4
"""Share of the narrower Gaussian."""

PhaseMap = Float[np.ndarray, "y x"]
"""Radians at 0.55 um, on a fine grid."""

Colours = Float32[np.ndarray, "3 y x"]
"""Red, green, blue."""


Illumination = Literal["phase contrast", "bright field"]

SCATTERED = 0.12
"""Amplitude that an object scatters out of the light path for each radian of its phase, in bright field."""

DEPTH_STEP_UM = 0.2
"""Depths are rounded to this: far less than the depth of focus, and the filters can be kept."""


@lru_cache(maxsize=8)
def _in_focus(size: int, um_per_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute transfer functions for each colour, (3, y, x): of the aperture, and of the ring with its phase shift."""
    f = np.fft.fftfreq(size, um_per_px)
    squared = f[:, None] ** 2 + f[None, :] ** 2
    wave = np.array(WAVELENGTHS_UM)[:, None, None]
    edge = np.sqrt(squared) * wave - APERTURE
    passes = 1 / (1 + np.exp(np.clip(edge / 0.05, -60, 60)))
    narrow, wide = (np.exp(-squared * (2 * np.pi * sd) ** 2 / 2) for sd in HALO_UM)
    ring = NARROW_SHARE * narrow + (1 - NARROW_SHARE) * wide
    return passes.astype(np.float32), ((1 + 1j * RING_SHARE) * ring).astype(np.complex64)


@lru_cache(maxsize=64)
def _transfer(size: int, um_per_px: float, defocus_um: float, illumination: Illumination) -> np.ndarray:
    """Compute the transfer function from the light behind an object to the image, for each colour: (3, y, x)."""
    passes, caught = _in_focus(size, um_per_px)
    squared = np.fft.fftfreq(size, um_per_px) ** 2
    wave = np.array(WAVELENGTHS_UM)[:, None]
    turn = np.exp(-1j * np.pi * wave / MEDIUM_INDEX * defocus_um * squared).astype(np.complex64)
    direct = passes * turn[:, :, None] * turn[:, None, :]
    return (direct - caught) / np.float32(RING_SHARE) if illumination == "phase contrast" else direct


def intensity(
    phase_rad: PhaseMap,
    *,
    um_per_px: float,
    defocus_um: float = 0.0,
    illumination: Illumination = "phase contrast",
) -> Colours:
    """Compute the image of an object, relative to an empty field.

    Args:
        phase_rad: (y, x), square; phase delay of light of 0.55 um. Zero at the border.
        um_per_px: width of a pixel of ``phase_rad`` in um; at most 0.25, the resolution of the objective.
        defocus_um: height of the object above the focal plane.
        illumination: whether the microscope has a phase ring.

    Returns:
        (colour, y, x), float32; 1 is the intensity of the empty field.
    """
    depth_um = DEPTH_STEP_UM * round(defocus_um / DEPTH_STEP_UM)
    transfer = _transfer(len(phase_rad), um_per_px, depth_um, illumination)
    delays = np.array([REFERENCE_UM / wave for wave in WAVELENGTHS_UM], np.float32)[:, None, None]
    delays = delays * phase_rad.astype(np.float32)
    behind = np.empty(delays.shape, np.complex64)
    np.cos(delays, out=behind.real)
    np.sin(delays, out=behind.imag)
    if illumination == "bright field":
        behind *= np.exp(-SCATTERED * delays)
    spectrum = fft2(behind, overwrite_x=True)
    spectrum *= transfer
    field = np.asarray(ifft2(spectrum, overwrite_x=True), np.complex64)
    return np.real(field) ** 2 + np.imag(field) ** 2
