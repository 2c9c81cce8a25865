"""Names of all methods, in the order of tables; imports nothing, so that a command line knows them at once."""

METHOD_NAMES: tuple[str, ...] = (
    "mean",
    "median",
    "count",
    "count-lab",
    "paper-I1",
    "paper-I2",
    "paper-I3",
    "paper-I4",
    "stable-I1",
    "stable-I2",
    "stable-I3",
    "stable-I4",
    "raw",
    "moments",
    "dynamic",
    "flow",
    "flow-farneback",
    "tracks-bow",
    "tracks-physics",
    "cnn3d",
)

GROUPS: tuple[str, ...] = ("all", "cheap", "costly")
"""Names that stand for several."""
