"""Keeps trackpy quiet: it warns of frames without heads, which are no fault, and logs a line for each frame."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Discard warnings and trackpy's log while the block runs; trackpy is imported and called within."""
    log = logging.getLogger("trackpy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trackpy  # noqa: F401 - sets the level of its log when first imported

        before = log.level
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(before)
