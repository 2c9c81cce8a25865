"""A saved predictor: a folder that others can open, JSON and safetensors, so that loading runs no code.

::

    model/
      bundle.json        version, kind, origin (method, settings, participants, curves), fields, hashes
      NAME.safetensors   arrays, such as autoencoder, regressor, line

A bundle is written completely or not at all. Loading compares hashes, then the name, shape and dtype of every array.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from pydantic import ValidationError

from motilens import __version__
from motilens.config import Settings
from motilens.errors import BundleError, MissingError
from motilens.files import digest_of, make_folder, replace_folder, storage_errors, write_bytes, write_json
from motilens.predictors.bag_of_words import BagOfWordsPredictor
from motilens.predictors.constant import ConstantPredictor
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.line import LinePredictor
from motilens.predictors.origin import Origin
from motilens.predictors.parts import first_fault
from motilens.predictors.predictor import Parts, Predictor
from motilens.predictors.track_physics import TrackPhysicsPredictor
from motilens.predictors.video_cnn import VideoCnnPredictor

BUNDLE_VERSION = 3
CARD_FILE = "bundle.json"

PREDICTORS: dict[str, type[Predictor]] = {
    kind.kind: kind
    for kind in (
        ConstantPredictor,
        LinePredictor,
        ImageCnnPredictor,
        CountingPredictor,
        VideoCnnPredictor,
        BagOfWordsPredictor,
        TrackPhysicsPredictor,
    )
}
"""Classes by the ``kind`` in a bundle."""


class BundleCard(Settings):
    """The content of ``bundle.json``."""

    bundle_version: int = BUNDLE_VERSION
    motilens_version: str = __version__
    kind: str
    origin: Origin
    fields: dict[str, Any]
    sha256: dict[str, str]
    """SHA-256 of each file of arrays."""


@dataclass(frozen=True)
class LoadedModel:
    """A saved predictor and its identity.

    Attributes:
        predictor: ready for use.
        digest: short hash of its method, target, settings and arrays; identifies the model in predictions.
    """

    predictor: Predictor
    digest: str


def save_predictor(path: Path, predictor: Predictor) -> None:
    """Write a predictor; an older bundle at the same path is replaced when the new one is complete.

    Raises:
        StorageError: the disk is full or the path cannot be written to.
        BundleError: something that is not a bundle is in the way.
    """
    check_place(path)
    parts = predictor.parts()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_folder(temporary)
        hashes: dict[str, str] = {}
        for name, arrays in parts.arrays.items():
            # order="C" keeps arrays without axes as they are; ascontiguousarray would give them one.
            content = safetensors.numpy.save({k: np.asarray(v, order="C") for k, v in arrays.items()})
            hashes[f"{name}.safetensors"] = hashlib.sha256(content).hexdigest()
            write_bytes(temporary / f"{name}.safetensors", content)
        card = BundleCard(kind=predictor.kind, origin=predictor.origin, fields=dict(parts.fields), sha256=hashes)
        write_json(temporary / CARD_FILE, card.model_dump(mode="json"))
        with storage_errors(path):
            replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_place(path: Path) -> None:
    """Raise BundleError if something that is not a bundle is in the way."""
    if path.exists() and not (path / CARD_FILE).is_file():
        raise BundleError(f"{path} exists and is not a model; choose another --out (nothing was changed)")


def read_origin(path: Path) -> Origin:
    """Read how a saved predictor was made. Raises as ``load_model`` does."""
    return _read_card(path).origin


def load_predictor(path: Path) -> Predictor:
    """Open a saved predictor. Raises as ``load_model`` does."""
    return load_model(path).predictor


def load_model(path: Path) -> LoadedModel:
    """Open a saved predictor and compute its digest.

    Raises:
        MissingError: no such folder, or no ``bundle.json`` in it.
        BundleError: another version or kind, a damaged file, or an array that does not fit; the message names it.
    """
    card = _read_card(path)
    parts = Parts(card.fields, {Path(name).stem: _read_arrays(path, name, card) for name in card.sha256})
    predictor = PREDICTORS[card.kind].from_parts(parts, card.origin)
    origin = card.origin
    made_from = [card.kind, origin.method, origin.target, origin.settings.model_dump(mode="json")]
    return LoadedModel(predictor, digest_of([*made_from, card.fields, card.sha256])[:12])


def _read_card(path: Path) -> BundleCard:
    file = path / CARD_FILE
    if not file.is_file():
        raise MissingError(
            f"no model at {path} (a folder with {CARD_FILE}); make one with: motilens train DATA --out {path}"
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{file} is damaged ({error}); copy the model again or train it again") from error
    content = content if isinstance(content, dict) else {}
    found, maker = content.get("bundle_version"), content.get("motilens_version")
    if found != BUNDLE_VERSION:
        raise BundleError(
            f"model {path} has version {found}, this motilens {__version__} reads version {BUNDLE_VERSION}; train it "
            f"again, or install the motilens that made it{f' ({maker})' if maker else ''}"
        )
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in PREDICTORS:
        raise BundleError(
            f"model {path} is of kind {kind!r}; allowed: {', '.join(PREDICTORS)}; install a motilens that knows it"
        )
    try:
        return BundleCard.model_validate(content)
    except ValidationError as error:
        raise BundleError(f"{file}: {first_fault(error)}; copy the model again or train it again") from error


def _read_arrays(path: Path, name: str, card: BundleCard) -> dict[str, np.ndarray]:
    file = path / name
    if Path(name).name != name:
        raise BundleError(
            f"{path / CARD_FILE} names {name}; allowed: files in the model's folder; copy the model again"
        )
    if not file.is_file():
        raise BundleError(f"model {file.parent} has no {file.name}; copy the model again")
    content = file.read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise BundleError(f"{file} is damaged ({error}); copy the model again or train it again") from error
    if hashlib.sha256(content).hexdigest() != card.sha256[file.name]:
        raise BundleError(
            f"{file} is not the file that {CARD_FILE} was written for (hash differs); copy the model again"
        )
    return arrays
