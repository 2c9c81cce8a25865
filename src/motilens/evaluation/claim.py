"""A run's folder belongs to one run: its settings are written at its start and compared when it goes on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motilens.errors import ConfigError
from motilens.files import write_json

RUN_FILE = "run.json"
"""Settings of a run."""


def claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Write a run's settings into its folder, or see that they are the ones that are there.

    Args:
        out: the folder.
        settings: JSON values by name. ``command`` is compared without its ``--out``: a renamed folder is the same run.

    Raises:
        ConfigError: the folder holds a run with other settings or other data; says which differ.
    """
    path = out / RUN_FILE
    if not path.is_file():
        write_json(path, settings)
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is damaged; remove that folder or choose another --out") from error
    # The output folder may have been renamed since: its name decides nothing.
    differing = [
        name
        for name, value in settings.items()
        if name != "command" and before.get(name) != json.loads(json.dumps(value))
    ]
    same_command = _without_out(before.get("command", "")) == _without_out(settings.get("command", ""))
    differing += [] if same_command else ["command"]
    if differing:
        raise ConfigError(
            f"{out} holds a run with another {', '.join(differing)} (it was: {before.get('command')}); "
            "choose another --out, or remove that folder to start anew"
        )


def _without_out(command: str) -> str:
    return command.rsplit(" --out ", 1)[0]
