"""Limits that a laboratory writes into a file before it validates a model.

A limit is met by the **bound** of the 95 % interval unless the file says otherwise: with 30 samples an estimate may lie
within a limit by luck, and a validation has to show that the true value does. ``decide_by = "estimate"`` takes the
estimate alone.
"""

import hashlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from motilens.config import TARGET_NAMES, Settings, Target, validated
from motilens.errors import ConfigError, MismatchError, MissingError
from motilens.files import writable_file, write_text
from motilens.validation.replicates import CELLS_COUNTED

LEAST_SAMPLES = 30
"""Least number of samples of a validation that can show anything."""

Positive = Annotated[float, Field(gt=0)]

_Limits = TypeVar("_Limits", bound="PercentageLimits")


class PercentageLimits(Settings):
    """Limits of one percentage; those not given are not applied."""

    bias_pct: Positive | None = None
    """Largest mean difference, prediction minus laboratory, in points either way."""
    limits_of_agreement_pct: Positive | None = None
    """Largest distance of both limits of agreement from 0, in points."""
    slope: tuple[Positive, Positive] | None = None
    """Least and largest slope of the Passing-Bablok line."""
    intercept_pct: Positive | None = None
    """Largest intercept of that line, in points either way."""
    concordance: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Least concordance."""
    cv_pct: Positive | None = None
    """Largest coefficient of variation of the predictions for replicates, in percent of their mean."""
    repeatability_pct: Positive | None = None
    """Largest repeatability coefficient of the predictions for replicates, in points."""

    @model_validator(mode="after")
    def _means_something(self: _Limits) -> _Limits:
        if self.slope is not None and self.slope[0] >= self.slope[1]:
            raise ValueError(f"slope is {list(self.slope)}; allowed: two numbers, the smaller one first")
        if all(value is None for value in self.model_dump().values()):
            raise ValueError(f"no limit is given; allowed: {', '.join(type(self).model_fields)}")
        return self


class ValidationLimits(Settings):
    """Limits of a validation."""

    decide_by: Literal["bound", "estimate"] = "bound"
    """What must lie within a limit: the 95 % confidence interval, or the estimate alone."""
    least_samples: Annotated[int, Field(ge=LEAST_SAMPLES)] = LEAST_SAMPLES
    """Least number of samples that must have both values."""
    cells_counted: Annotated[int, Field(ge=1)] = CELLS_COUNTED
    """Number of cells per replicate on which the accepted difference of replicates is based."""
    percentages: Annotated[dict[str, PercentageLimits], Field(min_length=1)]
    """Limits by percentage, such as ``progressive``; a percentage that is not named is reported without an outcome."""


class LimitsFile(Settings):
    """Limits as they were read, with what identifies their file."""

    name: str
    sha256: str
    changed: str
    """Time of the file's last change (ISO 8601, UTC), as the file system has it."""
    text: str
    limits: ValidationLimits


def read_limits(path: Path, target: Target) -> LimitsFile:
    """Read a file of limits.

    Args:
        path: a TOML file, as ``write_limits`` writes it.
        target: the target whose percentages are limited.

    Raises:
        MissingError: there is no such file.
        ConfigError: it is not TOML, or a limit is not allowed.
        MismatchError: it limits a percentage that the target does not have.
    """
    try:
        content, changed = path.read_bytes(), path.stat().st_mtime
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingError(
            f"no file of limits {path}; make one to fill in with: motilens validate --write-limits {path.name}"
        ) from error
    try:
        text = content.decode("utf-8")
        limits = validated(ValidationLimits, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not TOML ({error}); correct it, or write it anew") from error
    except ConfigError as error:
        raise ConfigError(f"{path.name}: {error}") from error
    names = TARGET_NAMES[target]
    if strangers := [name for name in limits.percentages if name not in names]:
        raise MismatchError(f"{path.name} limits {', '.join(strangers)}; allowed for {target}: {', '.join(names)}")
    return LimitsFile(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        changed=datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds"),
        text=text,
        limits=limits,
    )


def write_limits(path: Path, target: Target) -> None:
    """Write a file of limits to fill in.

    Raises:
        ConfigError: the file exists; limits are not replaced.
        StorageError: it cannot be written.
    """
    if path.exists():
        raise ConfigError(f"{path} exists; choose another name, or remove it (nothing was changed)")
    writable_file(path)
    write_text(path, "\n".join([_HEAD, *(_SECTION.format(name=_key(name)) for name in TARGET_NAMES[target])]))


def _key(name: str) -> str:
    return f'"{name}"' if " " in name else name


_HEAD = f"""\
# Limits for motilens validate. Replace every number by your laboratory's own, before you see any result.
# The numbers below are examples, not a standard. Remove lines and sections that you do not need.

decide_by = "bound"         # "bound": the 95 % interval must lie within a limit; "estimate": the estimate alone
least_samples = {LEAST_SAMPLES}          # at least {LEAST_SAMPLES}
cells_counted = {CELLS_COUNTED}         # cells per replicate, for the difference that WHO accepts between replicates
"""

_SECTION = """\
[percentages.{name}]
bias_pct = 5                  # mean difference, prediction minus laboratory, in points either way
limits_of_agreement_pct = 15  # both limits of agreement, in points
slope = [0.9, 1.1]            # Passing-Bablok
intercept_pct = 5             # Passing-Bablok, in points either way
concordance = 0.9             # Lin's coefficient, at least
cv_pct = 10                   # coefficient of variation of replicates, in percent of the mean
repeatability_pct = 10        # 95 % of the differences of replicates, in points
"""
