from pathlib import Path

from tests.program import Run
from tests.validation.laboratories import LIMITS, alternating, make_laboratory, make_model


def test_a_validation_from_limits_to_page(tmp_path: Path, run: Run) -> None:
    limits, out = tmp_path / "limits.toml", tmp_path / "out"
    code, printed, _ = run("validate", "--write-limits", limits)
    assert code == 0 and "wrote" in printed and "progressive" in limits.read_text(encoding="utf-8")
    limits.write_text(LIMITS.replace("[0.8, 1.2]", "[2.0, 3.0]"), encoding="utf-8")
    data, model = make_laboratory(tmp_path / "data", *alternating(30)), make_model(tmp_path / "model")
    words = ("validate", data, "--model", model, "--limits", limits, "--out", out)
    code, printed, errors = run(*words)
    assert code == 4, errors
    assert "progressive, bias: passed\n" in printed
    assert "Failed. Not met: progressive, slope. 6 of 7 limits are met, over 30 samples." in printed
    assert sorted(path.name for path in out.iterdir() if path.suffix != "" and path.name[0] != ".") == [
        "pairs.csv",
        "run.json",
        "validation.html",
        "validation.json",
    ]
    head, first, *_ = (out / "pairs.csv").read_text(encoding="utf-8").splitlines()
    assert head.startswith("participant,recordings,progressive_laboratory,non_progressive_laboratory,")
    assert first.startswith("1,2,19.0,10.0,71.0,")
    limits.write_text(LIMITS, encoding="utf-8")
    code, printed, errors = run(*words[:-1], tmp_path / "again")
    assert code == 0, errors
    assert "Passed. 7 of 7 limits are met, over 30 samples." in printed


def test_data_and_out_are_needed(tmp_path: Path, run: Run) -> None:
    code, _, errors = run("validate", "--out", tmp_path / "out")
    assert code == 2 and "missing argument DATA" in " ".join(errors.split())
    code, _, errors = run("validate", tmp_path)
    assert code == 2 and "missing option --out" in " ".join(errors.split())
