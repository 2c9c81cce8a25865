"""Tests of the house itself: what is promised in words about all of the code and checked nowhere else."""

import builtins
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jaxtyping
import numpy as np
import pytest
import typer

import motilens
from motilens import errors
from motilens.cli.main import app
from motilens.features.values import FeatureBatch

REPOSITORY = Path(__file__).resolve().parents[1]
MODULES = sorted((REPOSITORY / "src").rglob("*.py"))
COMMANDS = ("inspect", "extract", "simulate", "features", "crossval", "benchmark", "report", "train", "predict")
SLOW = ("torch", "timm", "torchvision", "zarr", "matplotlib", "lightning_fabric", "tensorboard")
MOST_LINES = 300


def words_of(*names: str) -> str:
    return "\n".join((REPOSITORY / name).read_text(encoding="utf-8") for name in names)


def documents() -> list[Path]:
    return [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def registered() -> dict[str, Any]:
    return typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]


# --- types


def test_the_canary_shapes_in_annotations_are_checked() -> None:
    """Fails where tests run without jaxtyping's hook: every shape in every signature would then be a rumour."""
    two_channels = np.zeros((1, 2, 4, 4), np.float32)  # a feature-image has three
    with pytest.raises(jaxtyping.TypeCheckError):
        FeatureBatch("canary", two_channels, np.zeros((1, 18), np.int64))


# --- size and order


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY / "src")))
def test_a_module_is_small(module: Path) -> None:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines < MOST_LINES, f"{lines} lines; a module is one noun: part it"


def test_importing_the_package_and_the_command_line_loads_nothing_slow() -> None:
    code = f"import sys, motilens, motilens.cli.main; print([name for name in {SLOW} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"


def test_public_names_are_sorted_and_there() -> None:
    for path in MODULES:
        if path.name != "__init__.py":
            continue
        package = importlib.import_module(".".join(path.parent.relative_to(REPOSITORY / "src").parts))
        names = getattr(package, "__all__", [])
        assert list(names) == sorted(names), f"{package.__name__}.__all__"
        for name in names:
            value = getattr(package, name)
            assert name.startswith("__") or value.__doc__, f"{package.__name__}.{name} has no docstring"


# --- errors


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: dict[str, tuple[str, str | None]] = {}
    parents = ["MotilensError"]
    for line in (errors.__doc__ or "").splitlines():
        if branch := re.match(r"\s{4}([│ ]*)[├└]── (\w+)(?: \((\w+)\))?", line):
            depth = len(branch[1]) // 4
            drawn[branch[2]] = (parents[depth], branch[3])
            parents[depth + 1 :] = [branch[2]]
    classes = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(drawn) | {"MotilensError"} == set(classes)
    for name, (parent, builtin) in drawn.items():
        expected = (classes[parent],) if builtin is None else (classes[parent], getattr(builtins, builtin))
        assert classes[name].__bases__ == expected, name


# --- the command line


def test_all_commands_are_there() -> None:
    assert set(registered()) == set(COMMANDS)


@pytest.mark.parametrize("name", registered())
def test_a_command_and_all_its_options_explain_themselves(name: str) -> None:
    command = registered()[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not parameter.help] == []


@pytest.mark.parametrize("name", registered())
def test_a_command_is_named_in_the_documents(name: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents() if path.name != "CHANGELOG.md")
    assert re.search(rf"motilens {name}\b|`{name}`", text)


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^motilens .+$", words_of("README.md"), flags=re.MULTILINE))))
def test_commands_in_the_readme_use_options_that_exist(line: str) -> None:
    _, name, *rest = line.split()
    assert name in COMMANDS
    if name not in registered():
        pytest.skip(f"{name} is not registered yet")
    known = {flag for parameter in registered()[name].params for flag in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


# --- documents


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads(words_of("pyproject.toml"))["project"]
    newest = re.search(r"^## \[(\d\S*)\]", words_of("CHANGELOG.md"), flags=re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", words_of("CITATION.cff"), flags=re.MULTILINE)
    assert newest and cited
    assert newest[1] == cited[1] == project["version"] == motilens.__version__


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("0*.md") if f"({page.name})" not in index] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = words_of(".ci/run").strip().splitlines()[-1].removeprefix("exec ")
    assert command == "make test"
    assert re.search(rf"^{command}$", words_of("README.md"), flags=re.MULTILINE)


def test_no_tracked_file_knows_a_machine_or_an_index() -> None:
    machine = re.compile(
        r"(?<![\w.~-])/(?:root|work|home|Users|opt|mnt)/\w"  # where somebody's files lie
        r"|\bpypi\.(?:org|python)|pythonhosted\.|registry\.npmjs|(?:extra-)?index-url|find-links"
    )
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in tracked_files()
        if path != Path(__file__).resolve() and b"\0" not in path.read_bytes()[:8000]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if machine.search(line)
    ]
    assert found == []
