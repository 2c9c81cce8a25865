from collections.abc import Iterator
from pathlib import Path

import pytest

import motilens.validation.samples
from motilens.errors import ConfigError, MismatchError
from motilens.validation.result import Validation
from motilens.validation.run import ValidationRequest, validate
from tests.validation.laboratories import LIMITS, alternating, make_laboratory, make_model


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield make_laboratory(tmp_path_factory.mktemp("lab") / "data", *alternating(31))


def request(data: Path, tmp_path: Path, limits: str | None = LIMITS, **changes: object) -> ValidationRequest:
    model, file = tmp_path / "model", tmp_path / "limits.toml"
    if not model.exists():
        make_model(model)
    if limits is not None:
        file.write_text(limits, encoding="utf-8")
    given = {"data": data, "out": tmp_path / "out", "model": str(model), "limits": file if limits else None}
    return ValidationRequest(**{**given, **changes})  # pyright: ignore[reportArgumentType]


def test_predictions_a_point_off_meet_the_limits(data: Path, tmp_path: Path) -> None:
    result = validate(request(data, tmp_path))
    assert result.overall.outcome == "passed"
    assert {check.outcome for check in result.checks} == {"passed"}
    assert len(result.checks) == 7  # limits of agreement are two
    assert len(result.samples) == 31 and len(result.samples[0].recordings) == 2
    progressive, other, immotile = result.agreements
    # 16 differences of 1 and 15 of -1
    assert progressive.differences.bias.value == pytest.approx(1 / 31)
    assert immotile.differences.bias.value == pytest.approx(-1 / 31)
    assert progressive.replicates is not None and progressive.replicates.sd_pct.value == 0
    assert other.line is None and other.concordance is None  # both are always 10
    assert (result.model.name, result.model.method, result.dataset) == ("model", "by hand", "data")
    text = (tmp_path / "out" / "validation.json").read_text(encoding="utf-8")
    assert Validation.model_validate_json(text) == result
    assert str(tmp_path) not in text


def test_a_pass_needs_thirty_samples(data: Path, tmp_path: Path) -> None:
    result = validate(request(data, tmp_path, exclude=("30", "31")))
    assert {check.outcome for check in result.checks} == {"passed"}
    assert result.overall.outcome == "not shown"
    assert "29 samples are too few" in result.overall.reasons[0]
    assert len(result.samples) == 29


def test_limits_cannot_be_changed_once_a_result_was_seen(data: Path, tmp_path: Path) -> None:
    strict = LIMITS.replace("bias_pct = 2", "bias_pct = 0.1")
    assert validate(request(data, tmp_path, strict, exclude=("1",))).overall.outcome == "not shown"
    with pytest.raises(ConfigError, match=r"holds a run with another limits .*choose another folder for the output"):
        validate(request(data, tmp_path, LIMITS, exclude=("1",)))


def test_limits_and_models_are_checked_before_any_video_is_read(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motilens.validation.samples, "predict_recording", lambda *a, **k: pytest.fail("was read"))
    with pytest.raises(ConfigError, match="limits.toml is not TOML"):
        validate(request(data, tmp_path, "bias"))
    with pytest.raises(MismatchError, match="is for motility, not for morphology"):
        validate(request(data, tmp_path, target="morphology"))
    assert not (tmp_path / "out").exists()
