"""The samples of a validation: participants whom the model has never seen, with predictions for their recordings."""

from collections.abc import Mapping

import numpy as np

from motilens.config import Target
from motilens.data.dataset import Dataset
from motilens.data.names import listed
from motilens.data.participants import LeftOut
from motilens.errors import DataError, MismatchError
from motilens.prediction.predict import predict_recording
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.origin import Origin
from motilens.progress import Progress
from motilens.recordings.recording import Recording
from motilens.shapes import triple
from motilens.validation.agreement import LEAST
from motilens.validation.result import Sample


def unseen_participants(
    dataset: Dataset, target: Target, origin: Origin
) -> tuple[dict[str, np.ndarray], tuple[LeftOut, ...]]:
    """Find the participants whose laboratory values may be compared with a model's predictions.

    A participant with a video to which any part of the model was fitted is left out: the model knows the value that it
    would be compared with. Videos are recognised by their content, under any name and in any folder.

    Args:
        dataset: recordings and laboratory values.
        target: the model's target.
        origin: the model's origin.

    Returns:
        The laboratory's percentages by participant, (3,) each; and who was left out, with the reason.

    Raises:
        MismatchError: the model was fitted to participants, but does not say to which videos.
        DataError: too few participants are left.
        LabelError: the table lacks one of the target's columns.
    """
    if any(fit.ids for fit in origin.fits) and not origin.trained_on:
        raise MismatchError(
            "the model does not say on which videos it was trained, so that they cannot be left out; train it again "
            "with this version of motilens"
        )
    labels, trained_on = dataset.labels(target), frozenset(origin.trained_on)
    seen = [i for i in labels if trained_on and any(r.video.content in trained_on for r in dataset.recordings[i])]
    unseen = {i: values for i, values in labels.items() if i not in seen}
    if len(unseen) < LEAST:
        why = f"; the model was trained on {len(seen)} others ({listed(seen)})" if seen else ""
        raise DataError(
            f"{len(unseen)} participants with {target} that the model has not seen{why}; allowed: at least {LEAST}, "
            "and 30 to show anything; give other samples"
        )
    reason = "the model was trained on a video of this participant"
    return unseen, (
        *dataset.unlabelled(target),
        *(LeftOut(name=f"participant {participant}", reason=reason) for participant in seen),
    )


def predict_samples(
    dataset: Dataset, labels: Mapping[str, np.ndarray], model: LoadedModel, *, progress: Progress
) -> tuple[tuple[Sample, ...], tuple[LeftOut, ...]]:
    """Predict all recordings of some participants.

    Args:
        dataset: recordings by participant.
        labels: the laboratory's percentages, (3,), of the participants to predict.
        model: the model.
        progress: shows how many recordings are done.

    Returns:
        A sample for each participant with a prediction, and the recordings that could not be used.

    Raises:
        MismatchError: a recording lacks something that the model needs.
    """
    samples: list[Sample] = []
    left_out: list[LeftOut] = []
    with progress.task("predict", sum(len(dataset.recordings[i]) for i in labels)) as task:
        for participant, label in labels.items():
            lines = []
            for known in dataset.recordings[participant]:
                # A copy, so that its stacks do not stay in memory.
                recording = Recording(known.video, um_per_px=known.um_per_px, concentration=known.concentration)
                lines.append(predict_recording(recording, model.predictor, model=model.digest))
                task.advance(1, note=known.video.name)
            found = [line.predicted_pct for line in lines if line.predicted_pct is not None]
            left_out += [LeftOut(name=line.video, reason=line.left_out) for line in lines if line.left_out is not None]
            if found:
                samples.append(
                    Sample(
                        participant=participant,
                        laboratory_pct=triple(label),
                        predicted_pct=triple(np.mean(found, axis=0)),
                        recordings=tuple(lines),
                    )
                )
    return tuple(samples), tuple(left_out)
