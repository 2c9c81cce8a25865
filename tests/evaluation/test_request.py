import shlex
from pathlib import Path

from motilens.config import ReadingConfig
from motilens.evaluation.request import EvaluationRequest


def test_the_command_can_be_typed_as_printed() -> None:
    """Names with spaces are quoted, so that the command in a report repeats the evaluation."""
    request = EvaluationRequest(
        Path("a place/my data"),
        Path("run 1"),
        ("mean",),
        ("motility",),
        exclude=("A 7", "$HOME"),
        folds="x/my folds.csv",
    )
    words = shlex.split(request.command())
    assert words[:3] == ["motilens", "evaluate", "my data"]
    assert [words[k + 1] for k, word in enumerate(words) if word == "--exclude"] == ["A 7", "$HOME"]
    assert words[words.index("--folds") + 1] == "my folds.csv"
    assert words[words.index("--out") + 1] == "run 1"


def test_the_command_says_how_videos_are_read() -> None:
    reading = ReadingConfig(fps_hz=59.94, stream=1, deinterlace=True)
    request = EvaluationRequest(Path("data"), Path("run"), ("mean",), ("motility",), reading=reading)
    words = shlex.split(request.command())
    assert [words[words.index(option) + 1] for option in ("--fps", "--stream")] == ["59.94", "1"]
    assert "--deinterlace" in words
    assert "--fps" not in EvaluationRequest(Path("data"), Path("run"), ("mean",), ("motility",)).command()
