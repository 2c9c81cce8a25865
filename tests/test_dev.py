"""Tests of scripts/dev, without installing anything."""
# ruff: noqa: ANN401 - the script is no module that a type checker could find

import importlib.machinery
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The script as a module, on an empty repository, with its commands written down and not run."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    monkeypatch.delitem(sys.modules, "environments", raising=False)
    monkeypatch.chdir(tmp_path)  # the script changes the folder; this one is left at the end
    loader = importlib.machinery.SourceFileLoader("dev", str(REPOSITORY / "scripts" / "dev"))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec
    script: Any = importlib.util.module_from_spec(spec)
    loader.exec_module(script)
    environments = script.env
    environments.REPOSITORY = tmp_path
    environments.VENV = tmp_path / ".venv"
    environments.CONSTRAINTS = tmp_path / "constraints.txt"
    environments.PYPROJECT = tmp_path / "pyproject.toml"
    environments.PYPROJECT.write_text(
        '[build-system]\nrequires = ["hatchling"]\n'
        '[project]\ndependencies = ["numpy>=2.0", "torch>=2.5"]\n'
        '[dependency-groups]\ndev = ["pyright[nodejs]>=1.1.390", "ruff>=0.8"]\n'
    )
    environments.CONSTRAINTS.write_text("torch==2.14.1\n")
    script.commands = []

    def write_down(*command: object) -> None:
        script.commands.append(environments.shown(command))
        if "venv" in command:
            Path(str(command[-1])).mkdir(exist_ok=True)

    environments.run = write_down
    yield script


def test_setting_up_installs_with_pins_the_large_ones_first(dev: Any) -> None:
    assert dev.main(["setup"]) == 0
    make, large, build, rest = dev.commands
    pip = ".venv/bin/python -m pip --disable-pip-version-check install --no-input -c .venv/constraints.txt"
    assert make.endswith("-m venv --clear .venv")
    assert large == f"{pip} torch torchvision"
    assert build == f"{pip} hatchling editables"
    assert rest == f"{pip} --no-build-isolation -e .[lite0] pyright[nodejs]>=1.1.390 ruff>=0.8"
    assert (dev.env.VENV / "constraints.txt").read_text() == "torch==2.14.1\n"


def test_setting_up_again_does_nothing_until_a_pin_or_requirement_changes(dev: Any) -> None:
    dev.main(["setup"])
    dev.commands.clear()
    dev.main(["setup"])
    assert dev.commands == []
    dev.env.CONSTRAINTS.write_text("torch==2.15.0\n")
    dev.main(["setup"])
    assert dev.commands
    dev.commands.clear()
    dev.env.PYPROJECT.write_text(dev.env.PYPROJECT.read_text().replace("ruff", "pytest"))
    dev.main(["setup"])
    assert dev.commands


def test_a_failed_set_up_leaves_no_stamp(dev: Any) -> None:
    dev.main(["setup"])
    dev.env.CONSTRAINTS.write_text("torch==0\n")

    def fail(*command: object) -> None:
        raise dev.subprocess.CalledProcessError(7, command)

    dev.env.run = fail
    assert dev.main(["setup"]) == 7
    assert not (dev.env.VENV / dev.env.STAMP).exists()


def test_constraints_are_versions_only(dev: Any) -> None:
    frozen = "typer==0.29.2\nMarkdown==3.11.3\nmarkdown-it-py==4.3.0\ntorch==2.14.1+cpu\npip==26.0\n"
    assert dev.env.versions_only(frozen) == [
        "Markdown==3.11.3",
        "markdown-it-py==4.3.0",
        "torch==2.14.1",
        "typer==0.29.2",
    ]


@pytest.mark.parametrize("line", ["x @ file://x.whl", "-e .", "x @ git+https://x"])
def test_constraints_refuse_addresses_and_paths(dev: Any, line: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(f"{line!r} is not from a package index; allowed: name==version")):
        dev.env.versions_only(f"numpy==2.4.6\n{line}\n")


def test_the_checks_end_with_the_tests(dev: Any) -> None:
    dev.main(["test"])
    tools = [command.split()[0] for command in dev.commands[-5:]]
    assert tools == [f".venv/bin/{name}" for name in ("ruff", "ruff", "pyright", "lint-imports", "python")]
    assert "-m pytest" in dev.commands[-1]


def test_the_tests_run_on_all_cores_and_the_slowest_are_told(dev: Any) -> None:
    dev.main(["test"])
    assert re.search(r"-m pytest -n \d+ --dist loadscope .*--durations=20", dev.commands[-1])


def test_lowest_installs_the_lower_bounds_but_for_torch_and_runs_imports_and_fast_tests(dev: Any) -> None:
    dev.main(["lowest"])
    pins = (dev.env.REPOSITORY / ".venv-lowest/constraints.txt").read_text().splitlines()
    assert pins == ["torch==2.14.1", "numpy==2.0", "pyright==1.1.390", "ruff==0.8"]
    imports, tests = dev.commands[-2:]
    assert imports.startswith(".venv-lowest/bin/python scripts/import_all.py")
    assert tests.startswith(".venv-lowest/bin/python -m pytest")
    assert "-m not slow" in tests


def test_lowest_refuses_a_requirement_without_a_lower_bound(dev: Any) -> None:
    dev.env.PYPROJECT.write_text(dev.env.PYPROJECT.read_text().replace("numpy>=2.0", "numpy<3"))
    with pytest.raises(SystemExit, match="'numpy<3' in pyproject.toml has no lower bound; allowed: name>=version"):
        dev.main(["lowest"])


def test_pythons_runs_imports_and_fast_tests_on_every_further_interpreter(
    dev: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sys.version_info.minor + 1
    found = {sys.version_info.minor: sys.executable, other: "python-of-another-minor-version"}
    monkeypatch.setattr(dev.env, "interpreter", lambda minor: found.get(minor, ""))
    monkeypatch.setattr(dev.env, "version_of", lambda python: str(python))
    dev.main(["pythons"])
    make, *installs, imports, tests = dev.commands
    venv = f".venv-3.{other}"
    assert make == f"python-of-another-minor-version -m venv --clear {venv}"
    assert all(command.startswith(f"{venv}/bin/python ") for command in (*installs, imports, tests))


def test_pythons_says_when_there_is_no_further_interpreter(
    dev: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.env, "interpreter", lambda minor: "")
    assert dev.main(["pythons"]) == 0
    assert dev.commands == []
    assert "no further Python found" in capsys.readouterr().err


def test_a_stand_in_that_runs_nothing_is_no_interpreter(
    dev: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, real = tmp_path / "shims/python3.99", tmp_path / "pyenv/versions/3.99.0/bin/python3.99"
    for path, text in ((stand_in, "exit 127"), (real, "echo 3.99.0")):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:/bin:/usr/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert dev.env.interpreter(99) == str(real)
    assert dev.env.interpreter(98) == ""


def test_a_failed_check_keeps_no_other_from_running(dev: Any) -> None:
    dev.main(["setup"])
    dev.commands.clear()
    write_down = dev.env.run

    def fail(*command: object) -> None:
        write_down(*command)
        if "ruff" in str(command[0]):
            raise dev.subprocess.CalledProcessError(1, command)

    dev.env.run = fail
    with pytest.raises(SystemExit, match=r"failed: .venv.bin.ruff check .*; .venv.bin.ruff format"):
        dev.main(["test"])
    assert "-m pytest" in dev.commands[-1]


def test_the_demo_ends_with_its_files_and_what_it_took(dev: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = dev.env.REPOSITORY / dev.DEMO
    (folder / "data").mkdir(parents=True)
    for name in ("report.html", "features.png", "result.json", "data/README.md"):
        (folder / name).write_text("")
    assert dev.main(["demo"]) == 0
    assert [command.split()[1] for command in dev.commands[-2:]] == ["simulate", "evaluate"]
    said, told = capsys.readouterr()
    assert said.split()[-2:] == ["runs/demo/features.png", "runs/demo/report.html"]
    assert "s of processor time" in told


def test_an_unknown_verb_names_the_known_ones(dev: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["tset"]) == 2
    assert "no verb 'tset'; allowed: setup, demo, test" in capsys.readouterr().err


def test_the_makefile_has_the_scripts_verbs(dev: Any) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    rule = re.search(r"^(setup .*):$", makefile, flags=re.MULTILINE)
    told = re.findall(r"^([a-z]+(?:, [a-z]+)*)  ", dev.__doc__, flags=re.MULTILINE)
    assert rule
    assert rule[1].split() == ", ".join(told).split(", ")
