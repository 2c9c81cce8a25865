"""All settings: frozen, documented field by field, unknown keys refused. A default stands here and nowhere else."""

from motilens.config.base import (
    AUTOENCODER_NAMES,
    CHANNELS,
    FRAMES,
    INPUT_TYPES,
    PROTOCOLS,
    TARGET_NAMES,
    TARGETS,
    AutoencoderName,
    InputType,
    Protocol,
    Settings,
    Target,
    has_motion,
    validated,
)
from motilens.config.counting import (
    MODEL_UM_PER_PX,
    CounterConfig,
    CounterTrainingConfig,
    CountingConfig,
    counter_training,
)
from motilens.config.methods import BagOfWordsConfig, MethodSettings, TrackPhysicsConfig
from motilens.config.networks import (
    PUBLISHED_AUTOENCODER,
    AutoencoderConfig,
    LossName,
    RegressorConfig,
    VideoCnnConfig,
    autoencoder_config,
)
from motilens.config.overrides import setting_names, with_overrides
from motilens.config.presets import PRESETS, PresetName, preset, preset_file
from motilens.config.reading import ReadingConfig
from motilens.config.stacks import StackConfig
from motilens.config.tracking import (
    PUBLISHED_LEAST_MASS,
    ClassThresholds,
    DetectConfig,
    DriftName,
    LinkConfig,
    TrackingConfig,
)

__all__ = [
    "AUTOENCODER_NAMES",
    "CHANNELS",
    "FRAMES",
    "INPUT_TYPES",
    "MODEL_UM_PER_PX",
    "PRESETS",
    "PROTOCOLS",
    "PUBLISHED_AUTOENCODER",
    "PUBLISHED_LEAST_MASS",
    "TARGETS",
    "TARGET_NAMES",
    "AutoencoderConfig",
    "AutoencoderName",
    "BagOfWordsConfig",
    "ClassThresholds",
    "CounterConfig",
    "CounterTrainingConfig",
    "CountingConfig",
    "DetectConfig",
    "DriftName",
    "InputType",
    "LinkConfig",
    "LossName",
    "MethodSettings",
    "PresetName",
    "Protocol",
    "ReadingConfig",
    "RegressorConfig",
    "Settings",
    "StackConfig",
    "Target",
    "TrackPhysicsConfig",
    "TrackingConfig",
    "VideoCnnConfig",
    "autoencoder_config",
    "counter_training",
    "has_motion",
    "preset",
    "preset_file",
    "setting_names",
    "validated",
    "with_overrides",
]
