"""Tests of the house itself: what is promised in words about all of the code and checked nowhere else."""

import ast
import builtins
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jaxtyping
import numpy as np
import pytest
import typer

import motilens
from motilens import errors
from motilens.cli.main import app
from motilens.features.feature_batch import FeatureBatch

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "src" / "motilens"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROGRAMS = sorted([*MODULES, *(REPOSITORY / "benchmarks").rglob("*.py"), *(REPOSITORY / "scripts").glob("*.py")])
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))
COMMANDS = (
    "inspect",
    "extract",
    "track",
    "simulate",
    "features",
    "evaluate",
    "report",
    "train",
    "train-counters",
    "predict",
    "validate",
)
SLOW = (
    "cv2",
    "lightning_fabric",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "statsmodels",
    "tensorboard",
    "timm",
    "torch",
    "torchvision",
    "trackpy",
    "zarr",
)
MOST_LINES = 300
OF_SEVERAL_MODULES = {
    "cli/test_reading.py",
    "methods/test_tracks.py",
    "predictors/test_track_predictors.py",
    "video/test_codecs.py",
}
"""Tests of what holds for several modules alike."""


def words_of(*names: str) -> str:
    return "\n".join((REPOSITORY / name).read_text(encoding="utf-8") for name in names)


def in_repository(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def documents() -> list[Path]:
    return [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]


def commands_in(*names: str) -> list[str]:
    """Lines of the documents' shell blocks that run motilens."""
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", words_of(*names), flags=re.MULTILINE | re.DOTALL))
    return sorted(set(re.findall(r"^motilens .+$", blocks, flags=re.MULTILINE)))


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


def test_modules_are_small() -> None:
    lines = {in_repository(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PROGRAMS}
    long = [f"{name}: {count} lines; split it" for name, count in lines.items() if count >= MOST_LINES]
    assert not long, "\n".join(long)


def test_tests_mirror_the_package() -> None:
    """``tests/stacks/test_store.py``, or ``test_store_anything.py``, tests ``motilens/stacks/store.py``."""
    strays, several = [], set()
    for path in TESTS:
        place = path.relative_to(REPOSITORY / "tests")
        if not path.name.startswith("test_") or len(place.parts) == 1 or place.parts[0] in ("benchmarks", "end_to_end"):
            continue
        words = path.stem.removeprefix("test_").split("_")
        beginnings = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
        if place.as_posix() in OF_SEVERAL_MODULES:
            several.add(place.as_posix())
        elif not any((PACKAGE / place.parent / f"{beginning}.py").is_file() for beginning in beginnings):
            strays.append(in_repository(path))
    assert not strays, "\n".join(strays)
    assert several == OF_SEVERAL_MODULES


def test_importing_the_package_and_the_command_line_loads_nothing_slow() -> None:
    code = f"import sys, motilens, motilens.cli.main; print([name for name in {SLOW} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"


def test_public_names_are_there_and_documented() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    told = next(ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    assert set(told) == {*motilens.__all__, "__version__"}
    assert list(motilens.__all__) == sorted(motilens.__all__)
    for name in motilens.__all__:
        assert getattr(motilens, name).__doc__, f"motilens.{name} has no docstring"
        assert re.search(rf"\b{name}\b", motilens.__doc__ or ""), f"motilens.{name} is not in the package's docstring"


def test_an_unknown_name_is_no_public_name() -> None:
    with pytest.raises(AttributeError, match="crossval"):
        _ = motilens.crossval  # pyright: ignore[reportAttributeAccessIssue]


# --- words


@dataclass(frozen=True)
class Word:
    """A row of the glossary's table of words: where the word may be in a name, and which words may not."""

    word: str
    instead_of: tuple[str, ...]
    packages: tuple[str, ...]
    names: tuple[str, ...]


def glossary_words() -> list[Word]:
    section = words_of("docs/glossary.md").partition("## Words and their one meaning")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    found = []
    for row in rows:
        word, instead_of, where = (tuple(re.findall(r"`(\w+)`", row[column])) for column in (0, 2, 3))
        names = tuple(name for name in where if word[0] in name)
        found.append(Word(word[0], instead_of, tuple(name for name in where if name not in names), names))
    return found


def snake(name: str) -> str:
    """A name in small letters with underscores: ``CellTruth`` as ``cell_truth``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def has_word(name: str, word: str) -> bool:
    """Tell whether a name in snake case has the word, in the singular or the plural."""
    return re.search(rf"(?:^|_){word}s?(?:_|$)", name) is not None


def defined_names(path: Path) -> Iterator[tuple[str, int]]:
    """Names that a module gives to something: its own, functions, classes, parameters, variables, attributes."""
    yield snake(path.stem), 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield snake(name), node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield snake(name), node.lineno
            case _:
                pass


def test_the_glossary_tells_words_apart() -> None:
    words = {word.word: word for word in glossary_words()}
    assert words["cell"].packages
    assert "cells_seen" in words["cell"].names
    assert "chance" in words["rng"].instead_of
    assert has_word("cells_of", "cell") and has_word(snake("PerCell"), "cell") and not has_word("cellar", "cell")


def test_a_word_in_a_name_has_its_one_meaning() -> None:
    words = glossary_words()
    wrong = []
    for path in PROGRAMS:
        places = path.relative_to(REPOSITORY).with_suffix("").parts
        for name, line in defined_names(path):
            for word in words:
                wrong += [
                    f"{in_repository(path)}:{line}: {name}: say {word.word}, not {other}"
                    for other in word.instead_of
                    if has_word(name, other)
                ]
                limited = word.packages or word.names
                allowed = set(places) & set(word.packages) or any(has_word(name, known) for known in word.names)
                if limited and has_word(name, word.word) and not allowed:
                    wrong.append(f"{in_repository(path)}:{line}: {name}: {word.word} has another meaning")
    assert not wrong, "\n".join(wrong)


def test_a_docstring_does_not_begin_with_of() -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{in_repository(path)}:{getattr(node, 'lineno', 1)}: {text.splitlines()[0]}"
        for path in PROGRAMS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, documented) and (text := ast.get_docstring(node)) and re.match(r"Of\b", text)
    ]
    assert not found, "\n".join(found)


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


@pytest.mark.parametrize("line", commands_in(*(in_repository(path) for path in documents())))
def test_commands_in_the_documents_use_options_that_exist(line: str) -> None:
    _, name, *rest = line.split()
    assert name in COMMANDS
    known = {flag for parameter in registered()[name].params for flag in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


# --- documents


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads(words_of("pyproject.toml"))["project"]
    newest = re.search(r"^## \[(\d\S*)\]", words_of("CHANGELOG.md"), flags=re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", words_of("CITATION.cff"), flags=re.MULTILINE)
    assert newest and cited
    assert newest[1] == cited[1] == project["version"] == motilens.__version__


@pytest.mark.parametrize("document", documents(), ids=in_repository)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("0*.md") if f"({page.name})" not in index] == []


def test_the_readmes_table_of_presets_is_that_of_their_data_files() -> None:
    checked = [sys.executable, "scripts/preset_table.py", "--check"]
    told = subprocess.run(checked, cwd=REPOSITORY, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")


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
        f"{in_repository(path)}:{number}: {line.strip()}"
        for path in tracked_files()
        if path != Path(__file__).resolve() and b"\0" not in path.read_bytes()[:8000]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if machine.search(line)
    ]
    assert not found, "\n".join(found)
