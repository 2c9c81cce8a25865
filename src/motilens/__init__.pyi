from .config import MethodSettings, preset, with_overrides
from .data.dataset import Dataset, open_dataset
from .errors import MotilensError
from .evaluation.request import EvaluationRequest
from .evaluation.result import EvaluationResult
from .evaluation.run import evaluate
from .features.encode import encode_stacks
from .features.feature_batch import FeatureBatch
from .methods.catalogue import METHODS, find_methods
from .methods.train import TrainRequest, train
from .prediction.predict import VideoPrediction, predict_videos
from .predictors.builtin import builtin_model, open_model
from .predictors.bundle import LoadedModel, load_model, load_predictor, save_predictor
from .predictors.prediction import Prediction
from .predictors.predictor import Predictor
from .recordings.inspect import inspect_video
from .recordings.recording import Recording
from .report.validation import write_validation
from .report.write import write_report
from .simulate.along_tracks import simulate_along_tracks
from .simulate.dataset import simulate_dataset
from .stacks.extract import extract_stacks
from .stacks.extract_videos import extract_folder
from .stacks.stack_batch import StackBatch
from .stacks.store import StackStore
from .tracking.store import track_videos
from .training.autoencoder import fit_autoencoder
from .validation.result import Validation
from .validation.run import ValidationRequest, validate
from .video.source import FoundVideos, VideoFile, find_videos

__version__: str

__all__ = [
    "METHODS",
    "Dataset",
    "EvaluationRequest",
    "EvaluationResult",
    "FeatureBatch",
    "FoundVideos",
    "LoadedModel",
    "MethodSettings",
    "MotilensError",
    "Prediction",
    "Predictor",
    "Recording",
    "StackBatch",
    "StackStore",
    "TrainRequest",
    "Validation",
    "ValidationRequest",
    "VideoFile",
    "VideoPrediction",
    "__version__",
    "builtin_model",
    "encode_stacks",
    "evaluate",
    "extract_folder",
    "extract_stacks",
    "find_methods",
    "find_videos",
    "fit_autoencoder",
    "inspect_video",
    "load_model",
    "load_predictor",
    "open_dataset",
    "open_model",
    "predict_videos",
    "preset",
    "save_predictor",
    "simulate_along_tracks",
    "simulate_dataset",
    "track_videos",
    "train",
    "validate",
    "with_overrides",
    "write_report",
    "write_validation",
]
