"""Artefacts: saved results, each with the digest of everything that it was computed from.

An artefact with another digest than the expected one is computed again, and so is a damaged one, with a warning. A
saved result is therefore never used for other inputs.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from motilens.files import write_json

log = logging.getLogger("motilens")

_Value = TypeVar("_Value", bound=BaseModel)


def read_artefact(path: Path, kind: type[_Value], digest: str) -> _Value | None:
    """Read a value that ``write_artefact`` wrote.

    Args:
        path: a JSON file.
        kind: class of the value.
        digest: digest of the expected inputs.

    Returns:
        The value; None if there is none, if it was made from something else, or if the file is damaged (with a
        warning).
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["made_from"] != digest:
            return None
        return kind.model_validate(content["value"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        log.warning("%s is damaged (%s); it is made again", path, str(error).splitlines()[0])
        return None


def write_artefact(path: Path, value: BaseModel, digest: str) -> None:
    """Write a value atomically, with the digest of what it was made from.

    Raises:
        StorageError: the disk is full or cannot be written to.
    """
    content: dict[str, Any] = {"made_from": digest, "value": value.model_dump(mode="json")}
    write_json(path, content)


def kept(path: Path, kind: type[_Value], digest: str, make: Callable[[], _Value]) -> _Value:
    """Read an artefact, or make and save it.

    Raises:
        StorageError: the disk is full or cannot be written to.
    """
    found = read_artefact(path, kind, digest)
    if found is None:
        found = make()
        write_artefact(path, found, digest)
    return found
