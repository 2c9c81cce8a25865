"""Environments for development, and how their programs are run. Used by ``scripts/dev``."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LEAST_PYTHON = (3, 11)
NEWEST_MINOR = 14
"""The search for interpreters goes from here down to LEAST_PYTHON."""

REPOSITORY = Path(__file__).resolve().parents[1]
VENV = REPOSITORY / ".venv"
STAMP = "motilens-setup"
"""File of an environment that holds the key of what is installed; written last, so a stopped set-up is done again."""
CONSTRAINTS = REPOSITORY / "constraints.txt"
PYPROJECT = REPOSITORY / "pyproject.toml"

FIRST = ("torch", "torchvision")
"""Installed before all else and by name: by far the largest, and where it fails it should fail at once."""


def set_up(venv: Path, python: str, pins: str) -> None:
    """Make an environment of that Python as pyproject.toml and the pins say, unless it is so already."""
    version = version_of(python)
    want = setup_key(version, pins)
    stamp = venv / STAMP
    if stamp.is_file() and stamp.read_text() == want:
        return
    start_s = time.monotonic()
    say(f"setting up {venv.name} with Python {version.split()[0]}; the first time this loads about 3 GB")
    stamp.unlink(missing_ok=True)
    if not runs_here(venv, version):
        make_venv(venv, python)
    install(venv, pins)
    stamp.write_text(want)
    say(f"set up in {time.monotonic() - start_s:.0f} s")


def setup_key(version: str, pins: str) -> str:
    """What the stamp holds: another Python, requirement or pin makes another key."""
    digest = hashlib.sha256(version.encode())
    digest.update(PYPROJECT.read_bytes())
    digest.update(pins.encode())
    return digest.hexdigest()


def version_of(python: object) -> str:
    """Full version of an interpreter, or an empty text if it does not run."""
    # Asked, not only found: version managers put stand-ins on the path that run nothing.
    asked = subprocess.run([str(python), "-c", "import sys; print(sys.version)"], capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else ""


def runs_here(venv: Path, version: str) -> bool:
    """Tell whether the environment is there, of that very Python, and has pip."""
    python = venv / "bin/python"
    if not python.is_file() or version_of(python) != version:
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def make_venv(venv: Path, python: str) -> None:
    """Make an empty environment with pip in it; one that is there is emptied."""
    try:
        run(python, "-m", "venv", "--clear", venv)
    except subprocess.CalledProcessError:
        say("this Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv")
        raise


def project() -> dict[str, Any]:
    """The content of pyproject.toml."""
    import tomllib  # not at the top: an older Python must get as far as saying that it is too old

    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))


def install(venv: Path, pins: str) -> None:
    """Install motilens, editable, with everything its development needs; without pins, the newest versions."""
    pip = (venv / "bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--no-input")
    if pins:
        pinned = venv / "constraints.txt"
        pinned.write_text(pins, encoding="utf-8")
        pip = (*pip, "-c", pinned)
    run(*pip, *FIRST)
    # The build tools are in the environment, pinned like all else, instead of in one that pip makes apart.
    run(*pip, *project()["build-system"]["requires"], "editables")
    run(*pip, "--no-build-isolation", "-e", ".[lite0]", *project()["dependency-groups"]["dev"])


def lowest_versions(content: dict[str, Any], constraints_text: str) -> str:
    """Pins for pip: the lower bound of every requirement in pyproject.toml.

    PyTorch and torchvision stay as in constraints.txt: which releases of them there are for a machine is decided by
    its hardware, and each is gigabytes. Requirements of requirements are left to pip.
    """
    requirements = (*content["project"]["dependencies"], *content["dependency-groups"]["dev"])
    pins = [line for line in constraints_text.splitlines() if line.split("==")[0] in FIRST]
    for requirement in requirements:
        bound = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+)", requirement)
        if bound is None:
            raise SystemExit(
                f"scripts/dev: {requirement!r} in {PYPROJECT.name} has no lower bound; allowed: name>=version"
            )
        if bound[1] not in FIRST:
            pins.append(f"{bound[1]}=={bound[2]}")
    return "".join(f"{pin}\n" for pin in pins)


def versions_only(frozen: str) -> list[str]:
    """Keep ``name==version`` of each line of ``pip freeze``: no addresses, paths or local builds, nor pip itself."""
    pins = []
    for line in frozen.splitlines():
        pin = re.fullmatch(r"([\w.-]+)==([^\s+]+)(\+\S+)?", line.strip())
        if pin is None:
            raise SystemExit(f"scripts/dev: {line.strip()!r} is not from a package index; allowed: name==version")
        if pin[1] != "pip":
            pins.append((pin[1].lower(), f"{pin[1]}=={pin[2]}"))
    return [pin for _, pin in sorted(pins)]


def interpreter(minor: int) -> str:
    """Path of a Python 3.minor that runs, on the path or among pyenv's; an empty text if there is none."""
    name = f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which(name), *sorted(pyenv.glob(f"versions/3.{minor}.*/bin/{name}"))]
    return next((str(python) for python in candidates if python and version_of(python)), "")


def run(*command: object) -> None:
    """Say a command, run it, and stop if it fails."""
    say(shown(command))
    subprocess.run([str(part) for part in command], check=True)


def run_all(*commands: tuple[object, ...]) -> None:
    """Run all commands, whichever fail, so that one run tells everything; then stop if any failed."""
    failed = []
    for command in commands:
        try:
            run(*command)
        except subprocess.CalledProcessError:
            failed.append(shown(command))
    if failed:
        raise SystemExit("scripts/dev: failed: " + "; ".join(failed))


def shown(command: Iterable[object]) -> str:
    """A command as one would type it, without the place of the repository."""
    return " ".join(str(part) for part in command).replace(f"{REPOSITORY}{os.sep}", "")


def say(line: str) -> None:
    """Tell what is being done; on stderr, at once."""
    print(f"==> {line}", file=sys.stderr, flush=True)
