"""The CNN that all methods share that predict from images of stacks.

Whatever makes the images, the CNN is fitted in the same way, with the same budget (``training.regressor``). The preset
``benchmark`` trains all for the same number of epochs; with other presets an inner split of the training participants
chooses the epoch.
"""

from dataclasses import dataclass

from motilens.config import MethodSettings
from motilens.data.folds import inner_split
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.stack_rows import StackRows
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.image_maker import IMAGE_CHANNELS, VECTORS, ImageKind, image_maker
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.predictor import Predictor
from motilens.training.image_cache import ImageCache
from motilens.training.loop import History
from motilens.training.regressor import FittedRegressor, fit_regressor


@dataclass(frozen=True)
class InnerSplit:
    """Training participants who fit weights and those who choose the epoch."""

    fit_ids: tuple[str, ...]
    select_ids: tuple[str, ...]

    @property
    def everyone(self) -> tuple[str, ...]:
        """All participants of the split."""
        return (*self.fit_ids, *self.select_ids)


def split_inside(training: TrainingSet, settings: MethodSettings) -> InnerSplit:
    """The inner split of the training participants: the same for all methods and targets.

    If the protocol names the participants who choose the epoch (``as-released``), the others fit the weights.
    """
    if training.epoch_ids is not None:
        return InnerSplit(training.ids, training.epoch_ids)
    fit_ids, select_ids = inner_split(
        training.ids, share=settings.inner_share, seed=settings.seed, order_by=training.order
    )
    return InnerSplit(fit_ids, select_ids)


def fit_cnn(
    rows: StackRows,
    images: ImageCache,
    training: TrainingSet,
    settings: MethodSettings,
    workspace: Workspace,
    kind: ImageKind,
) -> FittedRegressor:
    """Fit the CNN to images of the training participants' stacks.

    Args:
        rows: the stacks of the training participants.
        images: one image per row.
        training: training participants and labels.
        settings: settings of the CNN.
        workspace: folder, devices and progress.
        kind: kind of images; determines which channels are vectors.
    """
    assert training.target is not None, "feature-images alone need no CNN"
    inner = split_inside(training, settings)
    return fit_regressor(
        rows,
        images,
        training.labels,
        target=training.target,
        fit_ids=inner.fit_ids,
        select_ids=inner.select_ids,
        settings=settings,
        folder=workspace.folder / training.target,
        runtime=workspace.runtime,
        progress=workspace.progress,
        name=f"{training.target} regressor",
        vectors=VECTORS.get(kind, ()),
    )


def fits_of(fitted: FittedRegressor) -> tuple[Fit, ...]:
    """The participants that each part of a CNN was fitted to."""
    return (
        Fit(what="input scaling", ids=fitted.fit_ids),
        Fit(what="regressor", ids=fitted.fit_ids),
        *((Fit(what="regressor epoch", ids=fitted.select_ids),) if fitted.select_ids else ()),
    )


def note_on_epochs(history: History, *, chosen: bool) -> str:
    """A note on the number of epochs of a training."""
    n = len(history.train_loss)
    return f"epoch {history.best_epoch} of {n} chosen" if chosen else f"{n} epochs, none chosen"


def image_method(name: str, description: str, kind: ImageKind) -> Method:
    """Make a method whose images need no training."""

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        rows = StackRows(training.recordings, settings.stacks)
        if training.target is None:
            origin = Origin(method=name, target=None, settings=settings, fits=(), n_parameters=0)
            return ImageCnnPredictor(origin, kind, None, None)
        make = image_maker(kind)
        images = ImageCache.build(
            workspace.folder / "images",
            (make(batch) for batch in rows.batches()),
            n_rows=rows.n_rows,
            digest=f"{kind} of {rows.digest}",
            progress=workspace.progress,
        )
        fitted = fit_cnn(rows, images, training, settings, workspace, kind)
        origin = Origin(
            method=name,
            target=training.target,
            settings=settings,
            fits=fits_of(fitted),
            n_parameters=sum(p.numel() for p in fitted.regressor.parameters()),
            notes=(note_on_epochs(fitted.history, chosen=bool(fitted.select_ids)),),
            curves=fitted.curves,
            weights_origin=fitted.weights_origin,
        )
        return ImageCnnPredictor(origin, kind, None, fitted.regressor)

    return Method(name, description, "costly", ("stacks",), fit, image_channels=IMAGE_CHANNELS[kind], holds_out=True)


IMAGE_METHODS: tuple[Method, ...] = (
    image_method("raw", "CNN on the first frame", "raw"),
    image_method("moments", "CNN on mean, standard deviation and mean difference over time", "moments"),
    image_method("dynamic", "CNN on approximate rank pooling", "dynamic"),
    image_method("flow", "CNN on a frame and its DIS flow at strides 1 and 10", "dis flow"),
    image_method("flow-farneback", "the same with Farneback's flow, as published", "farneback flow"),
)
"""Methods on images that need no training, in the order of tables."""
