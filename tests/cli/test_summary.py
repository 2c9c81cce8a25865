import pytest
import typer

from motilens.cli.summary import SOME_LEFT_OUT, close


def test_all_used(capsys: pytest.CaptureFixture[str]) -> None:
    close("1 line in out.csv", videos=1, left_out=0)
    assert capsys.readouterr().out == "1 video, none left out; 1 line in out.csv.\n"


def test_some_left_out_has_an_exit_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        close("3 lines in out.csv", videos=3, left_out=1)
    assert ended.value.exit_code == SOME_LEFT_OUT == 3
    assert capsys.readouterr().out == "3 videos, 1 left out; 3 lines in out.csv.\n"
