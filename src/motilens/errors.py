"""Everything that motilens raises on purpose.

The tree, so that nobody has to reconstruct it; each class is also the builtin a caller would expect::

    MotilensError
    ├── InputError (ValueError)          an argument or option outside what is allowed
    │   ├── ConfigError                  a configuration that contradicts itself, or differs from an earlier run's
    │   └── MismatchError                two good things that do not belong together (an I4 model, I1 stacks)
    ├── MissingError (FileNotFoundError) no such file, folder or row
    ├── VideoError (ValueError)          a file that does not hold the video that was asked of it
    │   ├── UndecodableError             not a video, or no frame can be decoded
    │   ├── TooShortError                fewer frames than one stack needs
    │   └── TooSlowError                 fewer frames a second than asked for
    ├── DataError (ValueError)           tables, labels or folds that cannot be right
    │   ├── LabelError                   a label row out of range, doubled, or missing
    │   └── FoldError                    folds that overlap, or are too small to say anything
    ├── TrackError (ValueError)          heads that cannot be followed, or tracks that are not there
    ├── BundleError (ValueError)         a saved model that is damaged, of another version, or of another shape
    ├── WeightsError (RuntimeError)      pre-trained weights that could not be had; never replaced in silence
    ├── TrainingError (RuntimeError)     a training that cannot go on (loss not finite)
    ├── BusyError (RuntimeError)         a folder that another process is writing into
    ├── WorkerError (RuntimeError)       a process that could not start or was ended from outside
    └── StorageError (OSError)           a disk that is full or may not be written

A message says what came, what is allowed, and what to do next, in one line.
"""


class MotilensError(Exception):
    """Base of all errors that motilens raises on purpose."""


class InputError(MotilensError, ValueError):
    """An argument or option outside what is allowed."""


class ConfigError(InputError):
    """A configuration that contradicts itself, or differs from that of the run it should continue."""


class MismatchError(InputError):
    """Two good things that do not belong together, such as an I4 model and I1 stacks."""


class MissingError(MotilensError, FileNotFoundError):
    """A file, folder or row that is not there."""


class VideoError(MotilensError, ValueError):
    """A file that does not hold the video that was asked of it."""


class UndecodableError(VideoError):
    """Not a video, or one of which no frame can be decoded."""


class TooShortError(VideoError):
    """A video with fewer usable frames than one stack needs."""


class TooSlowError(VideoError):
    """A video with fewer frames a second than asked for."""


class DataError(MotilensError, ValueError):
    """Tables, labels or folds that cannot be right."""


class LabelError(DataError):
    """A label row that is out of range, doubled or missing."""


class FoldError(DataError):
    """Folds that overlap, leave someone out, or are too small."""


class TrackError(MotilensError, ValueError):
    """Heads that cannot be followed, or tracks that are not there."""


class BundleError(MotilensError, ValueError):
    """A saved model that is damaged, of another version, or of another shape."""


class WeightsError(MotilensError, RuntimeError):
    """Pre-trained weights that could not be had."""


class TrainingError(MotilensError, RuntimeError):
    """A training that cannot go on."""


class BusyError(MotilensError, RuntimeError):
    """A folder that another process is writing into."""


class WorkerError(MotilensError, RuntimeError):
    """A process that could not start, or was ended from outside."""


class StorageError(MotilensError, OSError):
    """A disk that is full, or a place that may not be written."""
