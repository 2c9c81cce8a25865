"""Everything that motilens raises on purpose.

The exception tree; each class is also the builtin exception that a caller would expect::

    MotilensError
    ├── InputError (ValueError)          an argument or option outside what is allowed
    │   ├── ConfigError                  a configuration that contradicts itself, or differs from an earlier run's
    │   └── MismatchError                two valid things that do not fit together (an I4 model, I1 stacks)
    ├── MissingError (FileNotFoundError) no such file, folder or row
    ├── VideoError (ValueError)          a file that is not a usable video
    │   ├── UndecodableError             not a video, or no frame can be decoded
    │   ├── TooShortError                fewer frames than one stack needs
    │   ├── TooSlowError                 a lower frame rate than required
    │   ├── OverlookedError              something that a sparse survey had not seen
    │   ├── ScaleError                   a width of a pixel that is unknown or cannot be right
    │   └── NoCellsError                 no cells whose share could be computed
    ├── DataError (ValueError)           tables, labels or folds that are invalid
    │   ├── LabelError                   a label row out of range, duplicated, or missing
    │   └── FoldError                    folds that overlap, leave someone out, or are too small
    ├── TrackError (ValueError)          heads that cannot be tracked, or missing tracks
    ├── BundleError (ValueError)         a saved model that is damaged, of another version, or of another shape
    ├── WeightsError (RuntimeError)      pre-trained weights that could not be obtained; never replaced silently
    ├── TrainingError (RuntimeError)     a training that cannot continue (loss not finite)
    ├── BusyError (RuntimeError)         a folder that another process is writing into
    ├── WorkerError (RuntimeError)       a process that could not start or was terminated from outside
    └── StorageError (OSError)           a disk that is full, or a path that cannot be written to

A message says in one line what was given, what is allowed, and what to do next.
"""


class MotilensError(Exception):
    """Base of all errors that motilens raises on purpose."""


class InputError(MotilensError, ValueError):
    """An argument or option outside what is allowed."""


class ConfigError(InputError):
    """A configuration that contradicts itself, or differs from that of the run it should continue."""


class MismatchError(InputError):
    """Two valid things that do not fit together, such as an I4 model and I1 stacks."""


class MissingError(MotilensError, FileNotFoundError):
    """A file, folder or row that is not there."""


class VideoError(MotilensError, ValueError):
    """A file that is not a usable video."""


class UndecodableError(VideoError):
    """Not a video, or one of which no frame can be decoded."""


class TooShortError(VideoError):
    """A video with fewer usable frames than one stack needs."""


class TooSlowError(VideoError):
    """A video with a lower frame rate than required."""


class OverlookedError(VideoError):
    """A video in which something comes to light that its sparse survey had not seen."""


class ScaleError(VideoError):
    """A video whose width of a pixel is not known and cannot be estimated, or cannot be right."""


class NoCellsError(VideoError):
    """A video in which no cells are found."""


class DataError(MotilensError, ValueError):
    """Tables, labels or folds that are invalid."""


class LabelError(DataError):
    """A label row that is out of range, duplicated or missing."""


class FoldError(DataError):
    """Folds that overlap, leave someone out, or are too small."""


class TrackError(MotilensError, ValueError):
    """Heads that cannot be tracked, or missing tracks."""


class BundleError(MotilensError, ValueError):
    """A saved model that is damaged, of another version, or of another shape."""


class WeightsError(MotilensError, RuntimeError):
    """Pre-trained weights that could not be obtained."""


class TrainingError(MotilensError, RuntimeError):
    """A training that cannot continue."""


class BusyError(MotilensError, RuntimeError):
    """A folder that another process is writing into."""


class WorkerError(MotilensError, RuntimeError):
    """A process that could not start, or was terminated from outside."""


class StorageError(MotilensError, OSError):
    """A disk that is full, or a path that cannot be written to."""
