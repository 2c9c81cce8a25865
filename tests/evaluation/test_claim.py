import json
from pathlib import Path

import pytest

from motilens.errors import ConfigError
from motilens.evaluation.claim import claim

SETTINGS = {"version": "1", "pipelines": {"I4": {"epochs": 60, "crop": None}}, "command": "motilens x --out here"}


def test_the_same_run_goes_on_under_another_name(tmp_path: Path) -> None:
    claim(tmp_path, SETTINGS)
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == SETTINGS
    claim(tmp_path, SETTINGS | {"command": "motilens x --out there"})


def test_what_differs_is_named_with_both_values(tmp_path: Path) -> None:
    claim(tmp_path, SETTINGS)
    other = SETTINGS | {"pipelines": {"I4": {"epochs": 3, "crop": 64}}}
    with pytest.raises(ConfigError, match=r"pipelines.I4.epochs \(60 there, 3 now\), pipelines.I4.crop \(it was"):
        claim(tmp_path, other)
    with pytest.raises(ConfigError, match=r"another command \(it was: motilens x --out here\); choose another --out"):
        claim(tmp_path, SETTINGS | {"command": "motilens y --out here"})


def test_many_differences_are_counted(tmp_path: Path) -> None:
    claim(tmp_path, {"settings": {str(k): k for k in range(6)}})
    with pytest.raises(ConfigError, match=r"settings.0 \(0 there, 1 now\), .* and 3 more; choose another"):
        claim(tmp_path, {"settings": {str(k): k + 1 for k in range(6)}})


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="run.json is damaged; remove that folder or choose another --out"):
        claim(tmp_path, SETTINGS)
