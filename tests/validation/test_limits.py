import hashlib
from pathlib import Path

import pytest

from motilens.config import TARGETS, Target
from motilens.errors import ConfigError, MismatchError, MissingError
from motilens.validation.limits import PercentageLimits, read_limits, write_limits
from tests.validation.laboratories import LIMITS


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "limits.toml").write_text(text, encoding="utf-8")
    return tmp_path / "limits.toml"


def test_a_file_of_limits_is_read_with_what_identifies_it(tmp_path: Path) -> None:
    found = read_limits(written(tmp_path, LIMITS), "motility")
    assert (found.name, found.text) == ("limits.toml", LIMITS)
    assert found.sha256 == hashlib.sha256(LIMITS.encode()).hexdigest()
    assert found.changed.endswith("+00:00")
    assert found.limits.percentages["progressive"].slope == (0.8, 1.2)
    assert (found.limits.decide_by, found.limits.least_samples, found.limits.cells_counted) == ("bound", 30, 200)


@pytest.mark.parametrize("target", TARGETS)
def test_the_file_to_fill_in_can_be_read_and_names_every_limit(tmp_path: Path, target: Target) -> None:
    write_limits(tmp_path / "new.toml", target)
    found = read_limits(tmp_path / "new.toml", target)
    for limits in found.limits.percentages.values():
        assert limits.model_fields_set == set(PercentageLimits.model_fields)
    assert len(found.limits.percentages) == 3
    with pytest.raises(ConfigError, match=r"new.toml exists; choose another name, or remove it \(nothing was changed"):
        write_limits(tmp_path / "new.toml", target)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bias = ", r"limits.toml is not TOML \(.*\); correct it, or write it anew"),
        ("[percentages]", "limits.toml: settings that are not allowed: percentages got {}: .*at least 1 item"),
        ("[percentages.progressive]", "no limit is given; allowed: bias_pct, limits_of_agreement_pct, slope"),
        ("[percentages.progressive]\nbias_pct = -1", "progressive.bias_pct got -1: .*greater than 0"),
        ("[percentages.progressive]\nslope = [1.1, 0.9]", r"slope is \[1.1, 0.9\]; allowed: two numbers, the smaller"),
        ("[percentages.progressive]\nbias = 1", "progressive.bias got 1: Extra inputs are not permitted"),
        ("least_samples = 10\n" + LIMITS, "least_samples got 10: .*greater than or equal to 30"),
        ('decide_by = "luck"\n' + LIMITS, "decide_by got 'luck': .*'bound' or 'estimate'"),
    ],
)
def test_what_is_not_allowed_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as told:
        read_limits(written(tmp_path, text), "motility")
    assert "\n" not in str(told.value)


def test_limits_are_of_percentages_of_the_target(tmp_path: Path) -> None:
    with pytest.raises(
        MismatchError,
        match="limits.toml limits progressive; allowed for morphology: head defects, midpiece and neck defects, tail",
    ):
        read_limits(written(tmp_path, LIMITS), "morphology")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no file of limits .*motilens validate --write-limits my.toml"):
        read_limits(tmp_path / "my.toml", "motility")
