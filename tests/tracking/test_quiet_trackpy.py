import logging
import warnings

import pytest

from motilens.tracking.quiet_trackpy import quiet


def test_the_library_is_quiet_and_then_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet():
        pass  # the first import sets the level
    log = logging.getLogger("trackpy")
    log.setLevel(logging.INFO)
    with quiet():
        warnings.warn("no maxima", UserWarning, stacklevel=1)
        log.info("Frame 3: 10 trajectories present.")
    assert log.level == logging.INFO
    assert capsys.readouterr() == ("", "")
    with pytest.raises(UserWarning), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.warn("heard again", UserWarning, stacklevel=1)


def test_an_error_leaves_it_as_it_was_too() -> None:
    log = logging.getLogger("trackpy")
    before = log.level
    with pytest.raises(ZeroDivisionError), quiet():
        raise ZeroDivisionError
    assert log.level == before
