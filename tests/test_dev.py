"""Tests of scripts/dev, without installing anything."""
# ruff: noqa: ANN401 - the script is no module that a type checker could find

import importlib.machinery
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The script as a module, on an empty repository, with its commands written down and not run."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)  # the script changes the folder; this one is left at the end
    loader = importlib.machinery.SourceFileLoader("dev", str(REPOSITORY / "scripts" / "dev"))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec
    script: Any = importlib.util.module_from_spec(spec)
    loader.exec_module(script)
    for name, value in {
        "REPOSITORY": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "stamp",
        "CONSTRAINTS": tmp_path / "constraints.txt",
        "PYPROJECT": tmp_path / "pyproject.toml",
    }.items():
        setattr(script, name, value)
    script.PYPROJECT.write_text(
        '[build-system]\nrequires = ["hatchling"]\n[dependency-groups]\ndev = ["pytest", "ruff"]\n'
    )
    script.CONSTRAINTS.write_text("torch==2.14.1\n")
    script.commands = []

    def write_down(*command: object) -> None:
        script.commands.append(script.shown(command))
        script.VENV.mkdir(exist_ok=True)

    script.run = write_down
    yield script


def test_setting_up_installs_with_pins_the_large_ones_first(dev: Any) -> None:
    assert dev.main(["setup"]) == 0
    make, large, build, rest = dev.commands
    pip = ".venv/bin/python -m pip --disable-pip-version-check install --no-input -c constraints.txt"
    assert make.endswith("-m venv --clear .venv")
    assert large == f"{pip} torch torchvision"
    assert build == f"{pip} hatchling editables"
    assert rest == f"{pip} --no-build-isolation -e .[lite0] pytest ruff"


def test_setting_up_again_does_nothing_until_a_pin_or_requirement_changes(dev: Any) -> None:
    dev.main(["setup"])
    dev.commands.clear()
    dev.main(["setup"])
    assert dev.commands == []
    dev.CONSTRAINTS.write_text("torch==2.15.0\n")
    dev.main(["setup"])
    assert dev.commands
    dev.commands.clear()
    dev.PYPROJECT.write_text(dev.PYPROJECT.read_text().replace("ruff", "pyright"))
    dev.main(["setup"])
    assert dev.commands


def test_a_failed_set_up_leaves_no_stamp(dev: Any) -> None:
    dev.main(["setup"])
    dev.CONSTRAINTS.write_text("torch==0\n")

    def fail(*command: object) -> None:
        raise dev.subprocess.CalledProcessError(7, command)

    dev.run = fail
    assert dev.main(["setup"]) == 7
    assert not dev.STAMP.exists()


def test_constraints_are_versions_only(dev: Any) -> None:
    frozen = "typer==0.29.2\nMarkdown==3.11.3\nmarkdown-it-py==4.3.0\ntorch==2.14.1+cpu\npip==26.0\n"
    assert dev.versions_only(frozen) == ["Markdown==3.11.3", "markdown-it-py==4.3.0", "torch==2.14.1", "typer==0.29.2"]


@pytest.mark.parametrize("line", ["x @ file://x.whl", "-e .", "x @ git+https://x"])
def test_constraints_refuse_addresses_and_paths(dev: Any, line: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(f"{line!r} is not from a package index; allowed: name==version")):
        dev.versions_only(f"numpy==2.4.6\n{line}\n")


def test_the_checks_end_with_the_tests(dev: Any) -> None:
    dev.main(["test"])
    tools = [command.split()[0] for command in dev.commands[-5:]]
    assert tools == [f".venv/bin/{name}" for name in ("ruff", "ruff", "pyright", "lint-imports", "python")]
    assert "-m pytest" in dev.commands[-1]


def test_a_failed_check_keeps_no_other_from_running(dev: Any) -> None:
    dev.main(["setup"])
    dev.commands.clear()
    write_down = dev.run

    def fail(*command: object) -> None:
        write_down(*command)
        if "ruff" in str(command[0]):
            raise dev.subprocess.CalledProcessError(1, command)

    dev.run = fail
    with pytest.raises(SystemExit, match=r"failed: .venv.bin.ruff check .*; .venv.bin.ruff format"):
        dev.main(["test"])
    assert "-m pytest" in dev.commands[-1]


def test_the_demo_ends_with_the_table_and_its_files(dev: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = dev.REPOSITORY / dev.DEMO
    folder.mkdir(parents=True)
    (folder / "table.md").write_text("| a table |\n")
    (folder / "report.html").write_text("<html>")
    (folder / "features.png").write_bytes(b"")
    assert dev.main(["demo"]) == 0
    assert [command.split()[1] for command in dev.commands[-2:]] == ["simulate", "crossval"]
    said = capsys.readouterr().out
    assert said.index("| a table |") < said.index("runs/demo/report.html") < said.index("runs/demo/features.png")


def test_an_unknown_verb_names_the_known_ones(dev: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["tset"]) == 2
    assert "no verb 'tset'; allowed: setup, demo, test" in capsys.readouterr().err


def test_the_makefile_has_the_scripts_verbs(dev: Any) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    rule = re.search(r"^(setup .*):$", makefile, flags=re.MULTILINE)
    told = re.findall(r"^([a-z]+(?:, [a-z]+)*)  ", dev.__doc__, flags=re.MULTILINE)
    assert rule
    assert rule[1].split() == ", ".join(told).split(", ")
