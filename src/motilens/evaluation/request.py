"""The request for an evaluation: data, methods, protocol and settings."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from motilens.config import MethodSettings, PresetName, Protocol, ReadingConfig, Target
from motilens.errors import InputError
from motilens.methods.catalogue import find_methods, settings_of
from motilens.methods.method import Method


@dataclass(frozen=True)
class EvaluationRequest:
    """Everything that defines one evaluation.

    Attributes:
        data: folder in VISEM's format.
        out: folder of the run.
        methods: names in the catalogue; ``all``, ``cheap`` and ``costly`` stand for several.
        targets: what is predicted.
        protocol: as described, as released, or repeated (as described, over several draws of the folds).
        repeats: number of draws of the folds for cheap methods, with the protocol ``repeated``.
        costly_repeats: the same for costly methods; at most ``repeats``.
        submissions: predictions of other methods, as pairs of name and file.
        preset: name of the preset.
        overrides: settings that differ from the preset's, ``part.name=value`` each.
        um_per_px: width of a pixel in um; None to take it from the truth of simulated data.
        reading: how all videos are read.
        folds: folds of the first repeat: None, ``made``, a published split, or a fold file; further repeats are drawn.
        exclude: participants to leave out.
        seed: seed of folds and fits.
        keep_models: save the predictor of every job in ``models/``.

    Raises:
        InputError: a method does not exist, a target is named twice, the repeats do not fit the protocol, or two
            methods have the same name.
    """

    data: Path
    out: Path
    methods: tuple[str, ...]
    targets: tuple[Target, ...]
    protocol: Protocol = "as-described"
    repeats: int = 1
    costly_repeats: int = 1
    submissions: tuple[tuple[str, Path], ...] = ()
    preset: PresetName = "benchmark"
    overrides: tuple[str, ...] = ()
    um_per_px: float | None = None
    reading: ReadingConfig = ReadingConfig()  # noqa: RUF009 - frozen
    folds: str | None = None
    exclude: tuple[str, ...] = ()
    seed: int = 0
    keep_models: bool = False

    def __post_init__(self) -> None:
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise InputError(f"--targets got {' '.join(self.targets) or 'nothing'}; allowed: at least one, each once")
        if not 1 <= self.costly_repeats <= self.repeats:
            raise InputError(
                f"--repeats {self.repeats} and --costly-repeats {self.costly_repeats}; allowed: at least 1 each, and "
                "no more of the costly"
            )
        if self.protocol != "repeated" and self.repeats != 1:
            raise InputError(f"--repeats {self.repeats} with --protocol {self.protocol}; allowed: --protocol repeated")
        if self.protocol == "as-released" and self.submissions:
            raise InputError("--submission with --protocol as-released; allowed: as-described or repeated")
        names = [method.name for method in self.chosen] + [name for name, _ in self.submissions]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(f"two methods are called {', '.join(twice)}; give a submission another name")

    @property
    def chosen(self) -> tuple[Method, ...]:
        """The methods, in the order of tables. Raises InputError for a name that does not exist."""
        return find_methods(self.methods)

    def repeats_of(self, method: Method) -> int:
        """How many repeats a method takes part in."""
        return self.repeats if method.cost == "cheap" else self.costly_repeats

    def settings(self, method: Method) -> MethodSettings:
        """Complete settings of a method. Raises ConfigError for an override that is not allowed."""
        return settings_of(method, self.preset, self.overrides, seed=self.seed)

    def command(self) -> str:
        """The command that repeats this evaluation; folders and files are given by name, without their path."""
        words = ["motilens", "evaluate", self.data.name, "--methods", ",".join(self.methods)]
        words += ["--targets", ",".join(self.targets), "--protocol", self.protocol]
        if self.protocol == "repeated":
            words += ["--repeats", str(self.repeats), "--costly-repeats", str(self.costly_repeats)]
        for name, file in self.submissions:
            words += ["--submission", f"{name}={file.name}"]
        words += ["--preset", self.preset]
        for override in self.overrides:
            name, _, value = override.partition("=")
            words += ["--set", f"{name}={Path(value).name}" if name == "regressor.weights" else override]
        words += ["--um-per-px", f"{self.um_per_px:g}"] if self.um_per_px is not None else []
        words += self.reading.options()
        words += ["--folds", Path(self.folds).name] if self.folds else []
        for participant in self.exclude:
            words += ["--exclude", participant]
        return shlex.join([*words, "--seed", str(self.seed), "--out", self.out.name])


def named_files(texts: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """Parse texts of the form ``NAME=FILE`` into pairs of name and file.

    Raises:
        InputError: a text has another form.
    """
    found = []
    for text in texts:
        name, equals, file = text.partition("=")
        if not (name and equals and file):
            raise InputError(f"--submission got {text!r}; allowed: NAME=FILE, such as mine=predictions.csv")
        found.append((name, Path(file)))
    return tuple(found)
