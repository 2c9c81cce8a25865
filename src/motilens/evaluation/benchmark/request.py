"""What one benchmark is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from motilens.config import InputType, Pipeline, PresetName, StackConfig, Step1Name, Target, changed, preset
from motilens.errors import InputError
from motilens.methods.catalogue import find_methods
from motilens.methods.values import Method


@dataclass(frozen=True)
class BenchmarkRequest:
    """One benchmark.

    Attributes:
        data: folder in VISEM's format.
        out: folder of the run.
        methods: names, as ``methods.catalogue`` has them.
        targets: what is predicted.
        repeats: of cheap methods.
        costly_repeats: of costly ones; at most ``repeats``.
        submissions: answers of methods from outside, a file by name.
        preset: settings by name.
        settings: others than the preset's, ``part.name=value`` each, as ``config.changed`` takes them.
        um_per_px: width of a pixel; None where the data's truth says it.
        folds: of the first repeat: None, ``made``, a published split, or a fold file; others are drawn.
        exclude: participants to leave out.
        seed: of folds and fits.

    Raises:
        InputError: a method that does not exist, a target twice, no repeat, or two methods of one name.
    """

    data: Path
    out: Path
    methods: tuple[str, ...]
    targets: tuple[Target, ...]
    repeats: int = 3
    costly_repeats: int = 1
    submissions: tuple[tuple[str, Path], ...] = ()
    preset: PresetName = "benchmark"
    settings: tuple[str, ...] = ()
    um_per_px: float | None = None
    folds: str | None = None
    exclude: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise InputError(f"--targets got {' '.join(self.targets) or 'nothing'}; allowed: at least one, each once")
        if not 1 <= self.costly_repeats <= self.repeats:
            raise InputError(
                f"--repeats {self.repeats} and --costly-repeats {self.costly_repeats}; allowed: at least 1 each, and "
                "no more of the costly"
            )
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

    def pipeline(self, input_type: InputType, step1: Step1Name | None) -> Pipeline:
        """Complete settings for one input type and autoencoder."""
        return changed(preset(self.preset, input_type, step1=step1, seed=self.seed), *self.settings)

    @property
    def stacks(self) -> StackConfig:
        """The stacks that serve all methods: 18 frames."""
        return self.pipeline("I4", None).stacks

    def command(self) -> str:
        """The command that makes this benchmark again, folders and files by their names alone."""
        words = ["motilens benchmark", self.data.name, "--methods", *self.methods, "--targets", *self.targets]
        words += ["--repeats", str(self.repeats), "--costly-repeats", str(self.costly_repeats)]
        for name, file in self.submissions:
            words += ["--submission", f"{name}={file.name}"]
        words += ["--preset", self.preset]
        for setting in self.settings:
            words += ["--set", setting]
        words += ["--um-per-px", f"{self.um_per_px:g}"] if self.um_per_px is not None else []
        words += ["--folds", Path(self.folds).name] if self.folds else []
        for participant in self.exclude:
            words += ["--exclude", participant]
        return " ".join([*words, "--seed", str(self.seed), "--out", self.out.name])


def named_files(texts: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """Names and files from ``NAME=FILE`` each.

    Raises:
        InputError: another form.
    """
    found = []
    for text in texts:
        name, equals, file = text.partition("=")
        if not (name and equals and file):
            raise InputError(f"--submission got {text!r}; allowed: NAME=FILE, such as mine=answers.csv")
        found.append((name, Path(file)))
    return tuple(found)
