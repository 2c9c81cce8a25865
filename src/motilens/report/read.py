"""Reads results and summaries from disk; an error first says what kind of file was found."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from motilens.config import Settings
from motilens.data.names import listed
from motilens.errors import DataError, MissingError
from motilens.evaluation.result import RESULT_FILE, RESULT_KIND, RESULT_VERSION, EvaluationResult
from motilens.evaluation.summary import SUMMARY_KIND, SUMMARY_VERSION, EvaluationSummary

_S = TypeVar("_S", bound=Settings)


def read_result(run_dir: Path) -> EvaluationResult:
    """Read a run's result.

    Raises:
        MissingError: the folder has no result.
        DataError: the file is damaged, of another kind, or of another version.
    """
    path = run_dir / RESULT_FILE
    content = _read_json(
        path,
        missing=f"no result at {path}; allowed: the folder of a finished motilens evaluate (its --out); run that "
        "first, the same command continues where it stopped",
        remedy="run the same motilens evaluate again to rewrite it",
    )
    _check_kind(path, content, RESULT_KIND, "result_version", RESULT_VERSION, remedy="run motilens evaluate again")
    return _validated(EvaluationResult, content, path, remedy="run the same motilens evaluate again to rewrite it")


def read_summary(path: Path) -> EvaluationSummary:
    """Read the summary of an evaluation.

    Raises:
        MissingError: the file does not exist.
        DataError: the file is damaged, of another kind, or of another version.
    """
    remedy = "copy the summary.json of the run again"
    content = _read_json(
        path, missing=f"no summary at {path}; allowed: a summary.json that motilens evaluate wrote", remedy=remedy
    )
    _check_kind(path, content, SUMMARY_KIND, "summary_version", SUMMARY_VERSION, remedy="copy the run's summary.json")
    return _validated(EvaluationSummary, content, path, remedy=remedy)


def _read_json(path: Path, *, missing: str, remedy: str) -> Any:  # noqa: ANN401 - JSON is any
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise MissingError(missing) from error
    except ValueError as error:
        raise DataError(f"{path} is damaged: not JSON ({error}); {remedy}") from error


def _check_kind(path: Path, content: Any, kind: str, version_key: str, version: int, *, remedy: str) -> None:  # noqa: ANN401 - JSON is any
    """Check a file's kind and version.

    Raises:
        DataError: the file is of another kind or version; the message says which.
    """
    wanted = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    if not isinstance(content, dict):
        raise DataError(f"{path} is not {wanted}: it is a JSON {type(content).__name__}; {remedy}")
    writer = content.get("motilens_version") or content.get("version")
    by = f" (motilens {writer})" if isinstance(writer, str) else ""
    if content.get("kind") != kind:
        raise DataError(
            f"{path} is not {wanted}: {_described(content, version_key)}; allowed: kind {kind!r} with {version_key} "
            f"{version}; use the version that wrote it{by}, or {remedy}"
        )
    if content.get(version_key) != version:
        raise DataError(
            f"{path} is {wanted} with {version_key} {content.get(version_key)!r}; allowed: {version}; use the version "
            f"that wrote it{by}, or {remedy}"
        )


def _described(content: Mapping[str, Any], version_key: str) -> str:
    """Describe a JSON object of another kind by its own fields."""
    command = content.get("command")
    parts = [f"it is of kind {content['kind']!r}" if "kind" in content else "it has no kind"]
    parts += [f"it has {version_key} {content[version_key]!r}"] if version_key in content else []
    parts += [f"it was made by {' '.join(command.split()[:2])}"] if isinstance(command, str) else []
    return ", ".join([*parts, f"its fields are {listed(content, most=4)}"])


def _validated(model: type[_S], content: Any, path: Path, *, remedy: str) -> _S:  # noqa: ANN401 - JSON is any
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{path} is damaged: {where}: {first['msg']} ({error.error_count()} such places); {remedy}"
        ) from error
