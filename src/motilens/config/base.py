"""What all settings share: frozen, documented field by field, unknown keys rejected; and names used in all packages."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from motilens.errors import ConfigError

InputType = Literal["I1", "I2", "I3", "I4"]
"""The paper's inputs: one frame, one frame nine times, 9 consecutive frames, 18 consecutive frames."""

Target = Literal["motility", "morphology"]
"""What is predicted, in percent of cells."""

Protocol = Literal["as-described", "as-released", "repeated"]
"""How methods are evaluated: as the paper describes, as its released scripts do (fold 1 three times), or as described
over several draws of the folds."""

AutoencoderName = Literal["paper", "stable"]
"""The autoencoder as published, or ours, whose channels cannot die."""

INPUT_TYPES: tuple[InputType, ...] = get_args(InputType)
TARGETS: tuple[Target, ...] = get_args(Target)
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
AUTOENCODER_NAMES: tuple[AutoencoderName, ...] = get_args(AutoencoderName)

FRAMES: dict[InputType, int] = {"I1": 1, "I2": 1, "I3": 9, "I4": 18}
"""Number of different frames in one stack."""

CHANNELS: dict[InputType, int] = {"I1": 1, "I2": 9, "I3": 9, "I4": 18}
"""Number of input channels of the autoencoder; I2 repeats its frame."""

TARGET_NAMES: dict[Target, tuple[str, str, str]] = {
    "motility": ("progressive", "non-progressive", "immotile"),
    "morphology": ("head defects", "midpiece and neck defects", "tail defects"),
}
"""Names of the three percentages, in the order of every array."""


def has_motion(input_type: InputType) -> bool:
    """Tell whether stacks of this type show more than one moment."""
    return FRAMES[input_type] > 1


_S = TypeVar("_S", bound=BaseModel)


class Settings(BaseModel):
    """Base of all settings and results: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self: _S, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> _S:
        """Copy with some fields changed; the copy is validated, so that a misspelt field is refused.

        Raises:
            ConfigError: a field does not exist, or a value is not allowed.
        """
        if not update:
            return super().model_copy(deep=deep)
        return validated(type(self), {**{name: getattr(self, name) for name in type(self).model_fields}, **update})


def validated(kind: type[_S], content: Mapping[str, Any]) -> _S:
    """Make settings from field values.

    Raises:
        ConfigError: a value is not allowed; the message lists all errors in one line.
    """
    try:
        return kind.model_validate(dict(content))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))} got {e['input']!r}: {e['msg']}" if e["loc"] else e["msg"]
            for e in error.errors()
        )
        raise ConfigError(f"settings that are not allowed: {told}") from error
