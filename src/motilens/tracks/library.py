"""trackpy, kept quiet: it warns of frames without heads, which are no fault, and prints a line for each frame."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Import or call trackpy within this: its warnings and its log go nowhere, and both are as before afterwards."""
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
