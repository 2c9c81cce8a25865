"""Runs a validation: predicts a laboratory's own samples and compares them with its values and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from motilens import __version__
from motilens.config import TARGET_NAMES, ReadingConfig, Target
from motilens.data.dataset import open_dataset
from motilens.data.prepare import check_scales
from motilens.errors import DataError
from motilens.files import writable_folder, write_json
from motilens.methods.train import scale_source
from motilens.predictors.builtin import open_model
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.parts import target_of
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.runs.settings import check_settings
from motilens.training.runtime import versions
from motilens.validation.agreement import LEAST
from motilens.validation.checks import PercentageAgreement, check_limits, overall_outcome, percentage_agreement
from motilens.validation.limits import ValidationLimits, read_limits
from motilens.validation.replicates import CELLS_COUNTED
from motilens.validation.result import VALIDATION_FILE, Sample, ValidatedModel, Validation
from motilens.validation.samples import predict_samples, unseen_participants


@dataclass(frozen=True)
class ValidationRequest:
    """Everything that defines one validation.

    Attributes:
        data: folder in VISEM's format: videos, and a table with the laboratory's values.
        out: folder of the validation.
        model: ``builtin``, or the folder of a saved model.
        target: what is predicted; None for the model's own target.
        limits: file of limits; None to compare without an outcome.
        um_per_px: width of a pixel in um; None where it is not known.
        reading: how all videos are read.
        exclude: participants to leave out.
    """

    data: Path
    out: Path
    model: str = "builtin"
    target: Target | None = None
    limits: Path | None = None
    um_per_px: float | None = None
    reading: ReadingConfig = ReadingConfig()  # noqa: RUF009 - frozen
    exclude: tuple[str, ...] = ()


def validate(request: ValidationRequest, *, progress: Progress | None = None) -> Validation:
    """Validate a model, and write ``validation.json`` into the validation's folder.

    Args:
        request: samples, model and limits.
        progress: shows how far the validation is.

    Raises:
        BusyError: another process is writing into the folder.
        ConfigError: the folder holds a validation of other data or another model, or with other limits; or the file of
            limits is not allowed.
        DataError: fewer than 3 participants can be used.
        MotilensError: see ``motilens.errors``; bad tables, models, limits and paths are found before any video is read.
    """
    model = open_model(request.model, request.target)
    target = target_of(model.predictor.origin)
    limits = None if request.limits is None else read_limits(request.limits, target)
    with run_lock(request.out):
        writable_folder(request.out)
        dataset = open_dataset(
            request.data,
            exclude=request.exclude,
            um_per_px=scale_source(request.data, request.um_per_px),
            reading=request.reading,
        )
        labels, not_compared = unseen_participants(dataset, target, model.predictor.origin)
        if "tracks" in model.predictor.needs:
            check_scales(dataset)
        check_settings(
            request.out,
            {
                "kind": "validation",
                "motilens_version": __version__,
                "target": target,
                "model": model.digest,
                "data_fingerprint": dataset.fingerprint,
                "limits": None if limits is None else limits.sha256,
                "um_per_px": request.um_per_px,
            },
        )
        samples, unusable = predict_samples(dataset, labels, model, progress=progress or Silent())
        if len(samples) < LEAST:
            reasons = "; ".join(f"{line.name}: {line.reason}" for line in unusable[:3])
            raise DataError(
                f"{len(samples)} samples have a prediction ({reasons}); allowed: at least {LEAST}; give other videos"
            )
        rules = None if limits is None else limits.limits
        agreements = _agreements(samples, target, rules)
        checks = () if rules is None else check_limits(rules, agreements)
        result = Validation(
            motilens_version=__version__,
            versions=versions(),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            dataset=request.data.resolve().name,
            data_fingerprint=dataset.fingerprint,
            target=target,
            names=TARGET_NAMES[target],
            um_per_px=request.um_per_px,
            model=_validated_model(request.model, model),
            limits=limits,
            overall=overall_outcome(rules, checks, len(samples)),
            checks=checks,
            agreements=agreements,
            samples=samples,
            left_out=(*dataset.left_out, *not_compared, *unusable),
        )
        write_json(request.out / VALIDATION_FILE, result.model_dump(mode="json"))
    return result


def _agreements(
    samples: Sequence[Sample], target: Target, limits: ValidationLimits | None
) -> tuple[PercentageAgreement, ...]:
    laboratory = np.array([sample.laboratory_pct for sample in samples])
    predicted = np.array([sample.predicted_pct for sample in samples])
    return tuple(
        percentage_agreement(
            name,
            laboratory[:, k],
            predicted[:, k],
            [[result[k] for result in sample.results_pct] for sample in samples],
            cells_counted=CELLS_COUNTED if limits is None else limits.cells_counted,
        )
        for k, name in enumerate(TARGET_NAMES[target])
    )


def _validated_model(name: str, model: LoadedModel) -> ValidatedModel:
    origin = model.predictor.origin
    data = (
        f"{origin.data['participants']} participants of {origin.data['name']}" if "participants" in origin.data else ""
    )
    return ValidatedModel(
        name=Path(name).name,
        digest=model.digest,
        method=origin.method,
        trained_on=data or origin.weights_origin or f"{len(origin.trained_on)} recordings",
        motilens_version=origin.motilens_version,
    )
