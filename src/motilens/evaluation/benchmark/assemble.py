"""A benchmark's result put together from its cells."""

from collections.abc import Mapping, Sequence

from motilens import __version__
from motilens.arrays import triple
from motilens.config import Pipeline, Target
from motilens.data.dataset import Dataset
from motilens.data.folds import Folds
from motilens.data.values import LeftOut
from motilens.evaluation.benchmark.prepare import exact_of
from motilens.evaluation.benchmark.request import BenchmarkRequest
from motilens.evaluation.benchmark.values import BenchmarkCell, BenchmarkResult, MethodAbout, RepeatFolds, Triple
from motilens.methods.learned import step1_and_input
from motilens.methods.values import Method
from motilens.training.runtime import versions


def assemble(
    request: BenchmarkRequest,
    dataset: Dataset,
    methods: Sequence[Method],
    repeats: tuple[RepeatFolds, ...],
    cells: Sequence[BenchmarkCell],
    outside: Mapping[str, tuple[BenchmarkCell, ...]],
    absent: tuple[LeftOut, ...],
    preparation_cpu_s: Mapping[str, float],
) -> BenchmarkResult:
    """Put a result together.

    Args:
        request: what was asked for.
        dataset: participants and labels.
        methods: those that were fitted.
        repeats: their folds.
        cells: of these methods.
        outside: cells of methods from outside, by name.
        absent: methods that could not be fitted.
        preparation_cpu_s: a participant, for ``stacks`` and ``tracks``.
    """
    unlabelled = tuple(line for target in request.targets for line in dataset.unlabelled(target))
    exact = exact_of(request.data, dataset.participants)
    return BenchmarkResult(
        motilens_version=__version__,
        versions=versions(),
        command=request.command(),
        dataset=request.data.name,
        data_fingerprint=fingerprint_of(dataset, repeats),
        pipelines=pipelines_of(request, methods),
        targets=request.targets,
        methods=(*(_about(request, method) for method in methods), *map(_about_outside, outside, outside.values())),
        repeats=repeats,
        participants=dataset.summaries,
        left_out=(*dataset.left_out, *unlabelled, *absent),
        labels=labels_of(request, dataset),
        exact=None if exact is None else {target: dict(exact[target]) for target in request.targets},
        preparation_cpu_s=dict(preparation_cpu_s),
        cells=(*cells, *(cell for of_method in outside.values() for cell in of_method)),
    )


def labels_of(request: BenchmarkRequest, dataset: Dataset) -> dict[Target, dict[str, Triple]]:
    """The laboratory's percentages by target and participant."""
    return {target: {i: triple(v) for i, v in dataset.labels(target).items()} for target in request.targets}


def pipelines_of(request: BenchmarkRequest, methods: Sequence[Method]) -> dict[str, Pipeline]:
    """Settings of methods with an autoencoder by name, and of all others under ``others``."""
    learned = {m.name: found for m in methods if (found := step1_and_input(m.name)) is not None}
    named = {name: request.pipeline(input_type, step1) for name, (step1, input_type) in learned.items()}
    return named | {"others": request.pipeline("I4", None)}


def fingerprint_of(dataset: Dataset, repeats: Sequence[RepeatFolds]) -> str:
    """Hash over videos, laboratory values and the folds of the first repeat, from which the others follow."""
    return dataset.fingerprint(Folds(repeats[0].source, repeats[0].folds))


def _about(request: BenchmarkRequest, method: Method) -> MethodAbout:
    return MethodAbout(
        name=method.name, words=method.words, cost=method.cost, uses=method.uses, repeats=request.repeats_of(method)
    )


def _about_outside(name: str, cells: Sequence[BenchmarkCell]) -> MethodAbout:
    return MethodAbout(
        name=name, words="from outside", cost="outside", uses=(), repeats=max(cell.repeat for cell in cells)
    )
