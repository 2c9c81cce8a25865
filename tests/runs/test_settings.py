import json
from pathlib import Path

import pytest

from motilens.errors import ConfigError
from motilens.runs.settings import check_settings

SETTINGS = {"version": "1", "methods": {"I4": {"epochs": 60, "crop": None}}, "command": "motilens x --out here"}


def test_the_same_run_goes_on_under_another_name(tmp_path: Path) -> None:
    check_settings(tmp_path, SETTINGS)
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == SETTINGS
    check_settings(tmp_path, SETTINGS | {"command": "motilens x --out there"})


def test_what_differs_is_named_with_both_values(tmp_path: Path) -> None:
    check_settings(tmp_path, SETTINGS)
    other = SETTINGS | {"methods": {"I4": {"epochs": 3, "crop": 64}}}
    with pytest.raises(ConfigError, match=r"methods.I4.epochs \(60 there, 3 now\), methods.I4.crop \(it was"):
        check_settings(tmp_path, other)
    with pytest.raises(ConfigError, match=r"another command \(it was: motilens x --out here\); choose another folder"):
        check_settings(tmp_path, SETTINGS | {"command": "motilens y --out here"})


def test_what_was_set_there_and_is_not_now_differs(tmp_path: Path) -> None:
    check_settings(tmp_path, SETTINGS | {"um_per_px": 0.25})
    with pytest.raises(ConfigError, match=r"holds a run with another um_per_px \(it was"):
        check_settings(tmp_path, SETTINGS)


def test_many_differences_are_counted(tmp_path: Path) -> None:
    check_settings(tmp_path, {"settings": {str(k): k for k in range(6)}})
    with pytest.raises(ConfigError, match=r"settings.0 \(0 there, 1 now\), .* and 3 more; choose another"):
        check_settings(tmp_path, {"settings": {str(k): k + 1 for k in range(6)}})


@pytest.mark.parametrize("content", ["{", "", "3", "[1, 2]"])
def test_a_damaged_file_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="run.json is damaged; remove that folder, or choose another for the output"):
        check_settings(tmp_path, SETTINGS)
    assert (tmp_path / "run.json").read_text(encoding="utf-8") == content


def test_a_fingerprint_that_differs_is_named_without_its_digits(tmp_path: Path) -> None:
    check_settings(tmp_path, {"data fingerprint": "0123", "seed": 0})
    with pytest.raises(
        ConfigError, match="holds a run with another data fingerprint; choose another folder for the output"
    ):
        check_settings(tmp_path, {"data fingerprint": "4567", "seed": 0})
