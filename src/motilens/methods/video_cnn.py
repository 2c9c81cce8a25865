"""A small 3D CNN on frames (after Goh et al. 2022): learns motion without a feature-image.

The protocol is that of all CNNs here: a fixed number of epochs with the preset ``benchmark``; with other presets an
inner split of the training participants chooses it, and the network is then retrained on all of them. (Goh et al. chose
the epoch on the test file.) The published network is larger and saw whole clips of seconds; this one sees the stacks
that all methods see and gets the same training time as the CNN on feature-images.
"""

from motilens.config import MethodSettings
from motilens.errors import MismatchError
from motilens.methods.image_cnn import note_on_epochs, split_inside
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.stack_rows import StackRows
from motilens.networks.freeze import freeze
from motilens.networks.video_cnn import shrink
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.predictor import Predictor
from motilens.predictors.video_cnn import VideoCnnPredictor
from motilens.training.in_memory import InMemoryStacks
from motilens.training.video_cnn import fit_video_cnn

NAME = "cnn3d"


def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
    """Fit the 3D CNN to the training participants' stacks, which are averaged down once and kept in memory."""
    if training.target is None:
        raise MismatchError(f"method {NAME} makes no feature-images; train it with --target motility or morphology")
    rows = StackRows(training.recordings, settings.stacks)
    size_px = settings.video_cnn.size_px
    small = InMemoryStacks({i: shrink(rows.read(rows.rows_of((i,))), size_px) for i in rows.participants})
    inner = split_inside(training, settings)
    fitted = fit_video_cnn(
        small,
        training.labels,
        target=training.target,
        fit_ids=inner.fit_ids,
        select_ids=inner.select_ids,
        settings=settings,
        folder=workspace.folder / f"{NAME}-{training.target}",
        runtime=workspace.runtime,
        progress=workspace.progress,
        source_digest=rows.digest,
    )
    freeze(fitted.network)
    origin = Origin(
        method=NAME,
        target=training.target,
        settings=settings,
        fits=(
            Fit(what="input scaling", ids=fitted.fit_ids),
            Fit(what="regressor", ids=fitted.fit_ids),
            *((Fit(what="regressor epoch", ids=fitted.select_ids),) if fitted.select_ids else ()),
        ),
        n_parameters=sum(p.numel() for p in fitted.network.parameters()),
        notes=(note_on_epochs(fitted.history, chosen=bool(fitted.select_ids)),),
        curves=fitted.curves,
    )
    return VideoCnnPredictor(origin, fitted.network)


VIDEO_CNN = Method(NAME, "small 3D CNN on 18 frames", "costly", ("stacks",), fit, holds_out=True)
