"""motilens watches microscope videos of semen and says how the cells move and how they are built.

The public names, in the order in which data flows through them::

    videos       find_videos, FoundVideos, VideoFile, inspect_video
    recording    Recording, track_videos
    stacks       extract_stacks, extract_folder, StackStore, StackBatch
    simulation   simulate_dataset, simulate_along_tracks
    settings     preset, MethodSettings, with_overrides
    data         open_dataset, Dataset
    step 1       fit_autoencoder, encode_stacks, FeatureBatch
    methods      METHODS, find_methods, train, TrainRequest
    evaluation   evaluate, EvaluationRequest, EvaluationResult, write_report
    validation   validate, ValidationRequest, Validation, write_validation
    predictors   Predictor, Prediction, save_predictor, load_predictor, load_model, LoadedModel
                 builtin_model, open_model
    new videos   predict_videos, VideoPrediction
    errors       MotilensError, the root of the tree drawn in ``motilens.errors``

``__init__.pyi`` says where each of them is defined. A name is imported when it is first used, so ``import motilens`` is
quick.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
