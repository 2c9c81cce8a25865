import pytest
from pydantic import ValidationError

from motilens.config.tracking import ClassThresholds, DetectConfig, LinkConfig


def test_defaults_are_those_of_motilitai_and_of_who() -> None:
    link, physics = LinkConfig(), ClassThresholds()
    assert (DetectConfig().diameter_px, link.search_range_px, link.memory_frames, link.least_frames) == (11, 5, 3, 25)
    assert (physics.progressive_um_s, physics.rapid_um_s) == (5, 25)


def test_settings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValidationError, match="diameter_px is 10; allowed: odd numbers"):
        DetectConfig(diameter_px=10)
    with pytest.raises(ValidationError, match="ring from 4.0 to 4.0 um; allowed: outer above inner"):
        DetectConfig(ring_outer_um=4)
    with pytest.raises(ValidationError, match="progressive from 30.0, rapid from 25.0 um/s; allowed: rapid above"):
        ClassThresholds(progressive_um_s=30)
