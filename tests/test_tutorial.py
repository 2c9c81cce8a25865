"""The tutorial's code is run as it stands, block by block, in an empty folder."""

import re
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.md"


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 9
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(blocks):
        exec(compile(block, f"tutorial block {number}", "exec"), names)
    said = capsys.readouterr().out
    assert "pixels=uint8[2, 18, 48, 48]" in said
    assert "autoencoder saw participants" in said
    assert "training mean" in said
    assert "from 2 stacks" in said
    assert "no-such-video.avi" in said
