"""motilens watches microscope videos of semen and says how the cells move and how they are built.

The public names, in the way of the data; each is imported when first used, so ``import motilens`` is quick::

    video        inspect_video
    stacks       extract_stacks, extract_folder, StackStore, StackBatch
    simulation   simulate_dataset, simulate_along_tracks
    settings     preset, Pipeline
    data         open_dataset, Dataset
    step 1       fit_autoencoder, encode_stacks, FeatureBatch
    step 2       fit_regressor
    evaluation   cross_validate, CrossValRequest, CrossValResult, write_report
    comparison   run_benchmark, BenchmarkRequest, BenchmarkResult, write_benchmark
    new videos   train_model, TrainRequest, load_bundle, predict_all, predict_video, VideoPrediction
    errors       MotilensError, the root of the tree drawn in ``motilens.errors``
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from motilens.config import Pipeline, preset
    from motilens.data.dataset import Dataset, open_dataset
    from motilens.errors import MotilensError
    from motilens.evaluation.benchmark.request import BenchmarkRequest
    from motilens.evaluation.benchmark.run import run_benchmark
    from motilens.evaluation.benchmark.values import BenchmarkResult
    from motilens.evaluation.crossval import cross_validate
    from motilens.evaluation.request import CrossValRequest
    from motilens.evaluation.result import CrossValResult
    from motilens.features.encode import encode_stacks
    from motilens.features.values import FeatureBatch
    from motilens.models.bundle import load_bundle
    from motilens.prediction.predict import VideoPrediction, predict_all, predict_video
    from motilens.report.benchmark import write_benchmark
    from motilens.report.write import write_report
    from motilens.simulate.along_tracks import simulate_along_tracks
    from motilens.simulate.dataset import simulate_dataset
    from motilens.stacks.extract import extract_stacks
    from motilens.stacks.folder import extract_folder
    from motilens.stacks.store import StackStore
    from motilens.stacks.values import StackBatch
    from motilens.training.autoencoder import fit_autoencoder
    from motilens.training.final import TrainRequest, train_model
    from motilens.training.regressor import fit_regressor
    from motilens.video.inspect import inspect_video

_HOMES = {
    "BenchmarkRequest": "evaluation.benchmark.request",
    "BenchmarkResult": "evaluation.benchmark.values",
    "CrossValRequest": "evaluation.request",
    "CrossValResult": "evaluation.result",
    "Dataset": "data.dataset",
    "FeatureBatch": "features.values",
    "MotilensError": "errors",
    "Pipeline": "config",
    "StackBatch": "stacks.values",
    "StackStore": "stacks.store",
    "TrainRequest": "training.final",
    "VideoPrediction": "prediction.predict",
    "cross_validate": "evaluation.crossval",
    "encode_stacks": "features.encode",
    "extract_folder": "stacks.folder",
    "extract_stacks": "stacks.extract",
    "fit_autoencoder": "training.autoencoder",
    "fit_regressor": "training.regressor",
    "inspect_video": "video.inspect",
    "load_bundle": "models.bundle",
    "open_dataset": "data.dataset",
    "predict_all": "prediction.predict",
    "predict_video": "prediction.predict",
    "preset": "config",
    "run_benchmark": "evaluation.benchmark.run",
    "simulate_along_tracks": "simulate.along_tracks",
    "simulate_dataset": "simulate.dataset",
    "train_model": "training.final",
    "write_benchmark": "report.benchmark",
    "write_report": "report.write",
}

__all__ = [
    "BenchmarkRequest",
    "BenchmarkResult",
    "CrossValRequest",
    "CrossValResult",
    "Dataset",
    "FeatureBatch",
    "MotilensError",
    "Pipeline",
    "StackBatch",
    "StackStore",
    "TrainRequest",
    "VideoPrediction",
    "__version__",
    "cross_validate",
    "encode_stacks",
    "extract_folder",
    "extract_stacks",
    "fit_autoencoder",
    "fit_regressor",
    "inspect_video",
    "load_bundle",
    "open_dataset",
    "predict_all",
    "predict_video",
    "preset",
    "run_benchmark",
    "simulate_along_tracks",
    "simulate_dataset",
    "train_model",
    "write_benchmark",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'motilens' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"motilens.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
