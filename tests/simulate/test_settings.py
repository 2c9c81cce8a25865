"""What decides a data set, and the sets that everybody means by one name."""

import pytest

from motilens.errors import InputError
from motilens.simulate.settings import (
    ENDINGS,
    NAMED_SETS,
    SIMULATOR_VERSION,
    SimulationConfig,
    TracksConfig,
    checked,
    named_set,
)
from motilens.video.writer import CODECS


def test_visem_sim_85_is_frozen() -> None:
    """Whoever says visem-sim-85 means this. A change is a new version in its name, and a line in the changelog."""
    assert named_set("visem-sim-85").model_dump(mode="json") == {
        "simulator_version": SIMULATOR_VERSION,
        "kind": "simulated",
        "name": "visem-sim-85-v2-seed2019",
        "participants": 85,
        "fields": 8,
        "seconds": 6.0,
        "fps_hz": 50.0,
        "height_px": 480,
        "width_px": 640,
        "codec": "h264",
        "quality": None,
        "difficulty": "visem",
        "table_of": "counted",
        "counted_cells": 200,
        "seed": 2019,
    }


@pytest.mark.parametrize("name", NAMED_SETS)
def test_a_named_set_says_its_version_and_seed(name: str) -> None:
    config = named_set(name)
    assert config.name is not None
    assert config.name.startswith(name) and config.name.endswith(f"-seed{config.seed}")
    assert "-v" in config.name


def test_no_such_set() -> None:
    with pytest.raises(InputError, match="no data set named 'visem-sim-86'; allowed: visem-sim-85"):
        named_set("visem-sim-86")


def test_lengths() -> None:
    config = checked(SimulationConfig, participants=1, seconds=1.5, fps_hz=50.0, fields=3)
    assert (config.frames_per_field, config.length_s) == (75, 4.5)
    assert checked(SimulationConfig, participants=1, seconds=0.001).frames_per_field == 1
    assert config.size_text == "640x480"


def test_only_another_microscope_than_visems_is_among_the_settings_written() -> None:
    """So that the settings of data sets from before there was a choice are still theirs."""
    content = {"participants": 1, "seconds": 1.0}
    visem = checked(SimulationConfig, **content)
    assert {"um_per_px", "illumination"}.isdisjoint(visem.model_dump(mode="json"))
    other = checked(SimulationConfig, **content, um_per_px=0.25, illumination="bright field")
    written = other.model_dump(mode="json")
    assert (written["um_per_px"], written["illumination"]) == (0.25, "bright field")
    assert SimulationConfig.model_validate(written) == other


def test_every_codec_has_an_ending() -> None:
    assert set(ENDINGS) == set(CODECS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"participants": 0, "seconds": 1.0}, "cannot simulate: participants is 0: input should be greater"),
        ({"participants": 1, "seconds": 0.0}, r"seconds is 0\.0: input should be greater than 0"),
        ({"participants": 1, "seconds": float("inf")}, "seconds is inf"),
        ({"participants": 1, "seconds": 1.0, "fps_hz": 0.0}, r"fps_hz is 0\.0"),
        ({"participants": 1, "seconds": 1.0, "fields": 0}, "fields is 0"),
        ({"participants": 1, "seconds": 1.0, "width_px": 127}, "width_px is 127: input should be a multiple of 2"),
        ({"participants": 1, "seconds": 1.0, "height_px": 30}, "height_px is 30"),
        (
            {"participants": 1, "seconds": 1.0, "um_per_px": 0.05},
            r"um_per_px is 0\.05: .* greater than or equal to 0\.1",
        ),
        (
            {"participants": 1, "seconds": 1.0, "illumination": "dark field"},
            "illumination is 'dark field': .*'bright f",
        ),
        ({"participants": 1, "seconds": 1.0, "seed": -1}, "seed is -1"),
        ({"participants": 1, "seconds": 1.0, "counted_cells": 0}, "counted_cells is 0"),
        ({"participants": 1, "seconds": 1.0, "difficulty": "odd"}, "difficulty is 'odd': .*'easy', 'visem' or 'hard'"),
        ({"participants": 1, "seconds": 1.0, "table_of": "all"}, "table_of is 'all': .*'exact', 'seen' or 'counted'"),
        ({"participants": 1, "seconds": 1.0, "codec": "gif"}, "codec is 'gif': .*'mjpeg', 'h264' or 'ffv1'"),
        ({"participants": 1, "seconds": 1.0, "colour": "red"}, "colour is 'red': extra inputs are not permitted"),
        (
            {"participants": 0, "seconds": 0.0, "codec": "gif"},
            r"codec is 'gif': .*; participants is 0: .*; seconds is 0\.0: ",  # all at once
        ),
    ],
)
def test_what_is_not_allowed_is_told_in_one_line(settings: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        checked(SimulationConfig, **settings)
    assert "\n" not in str(caught.value)


def test_settings_along_tracks_have_no_length_of_their_own() -> None:
    config = checked(TracksConfig, tracks="abc", labels="def", participants=(12,), fps_hz=50.0)
    assert config.kind == "along tracks"
    assert {"seconds", "fields", "table_of"}.isdisjoint(TracksConfig.model_fields)
