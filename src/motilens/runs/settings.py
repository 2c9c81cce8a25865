"""Settings of a run: written at its start, compared when it is continued."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motilens.errors import ConfigError
from motilens.files import write_json

RUN_FILE = "run.json"
"""Name of the file of a run's settings."""

_NAMED = 3
"""Largest number of differences that a message names."""

_SHORT = (str, int, float, bool)


def check_settings(out: Path, settings: Mapping[str, Any], *, file: str = RUN_FILE) -> None:
    """Write a run's settings into its folder, or check that they equal those already there.

    Args:
        out: the folder.
        settings: JSON values by name. ``command`` is compared without its ``--out``: a renamed folder is the same run.
        file: path of the settings' file within the folder.

    Raises:
        ConfigError: the folder holds a run with other settings or other data; the message names the differences.
    """
    path = out / file
    if not path.is_file():
        write_json(path, settings)
        return
    try:
        before = dict(json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path} is damaged; remove that folder, or choose another for the output") from error
    now = json.loads(json.dumps(dict(settings)))
    differing = [
        text
        for name in {**now, **before}
        if name != "command"
        for text in _differences(name, before.get(name), now.get(name))
    ]
    # The output folder may have been renamed since, so its name is not compared.
    same_command = _without_out(before.get("command", "")) == _without_out(now.get("command", ""))
    differing += [] if same_command else ["command"]
    if differing:
        more = f" and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
        was = f" (it was: {before['command']})" if "command" in before else ""
        raise ConfigError(
            f"{out} holds a run with another {', '.join(differing[:_NAMED])}{more}{was}; "
            "choose another folder for the output, or remove that one to start anew"
        )


def _differences(name: str, before: Any, now: Any) -> list[str]:  # noqa: ANN401 - JSON is any
    """Names of the settings that differ, ``part.name``, with both values where they are short."""
    if isinstance(before, dict) and isinstance(now, dict):
        inner = [text for key in now for text in _differences(f"{name}.{key}", before.get(key), now[key])]
        return inner + [f"{name}.{key}" for key in before if key not in now]
    if before == now:
        return []
    told = isinstance(before, _SHORT) and isinstance(now, _SHORT) and "fingerprint" not in name
    return [f"{name} ({before} there, {now} now)" if told else name]


def _without_out(command: str) -> str:
    return command.rsplit(" --out ", 1)[0]
