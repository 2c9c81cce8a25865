"""A trained model as a folder that others can open: JSON and safetensors, so that loading runs no code.

::

    model/
      bundle.json             format version, settings, units, targets, where it comes from, hashes of the weight files
      autoencoder.safetensors
      regressor.safetensors   absent in a bundle that makes feature-images only

A bundle is written whole or not at all. Loading compares hashes, then every tensor's name, shape and dtype.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from pydantic import Field, ValidationError
from torch import nn

from motilens import __version__
from motilens.config import Pipeline, Settings, Target
from motilens.errors import BundleError, MissingError
from motilens.files import make_folder, replace_folder, storage_errors, write_bytes, write_json
from motilens.models.autoencoder import Autoencoder, PixelScaling
from motilens.models.freeze import freeze
from motilens.models.regressor import ChannelScaling, Regressor
from motilens.models.weights import fit_state

BUNDLE_VERSION = 1
_AUTOENCODER, _REGRESSOR, _CARD = "autoencoder.safetensors", "regressor.safetensors", "bundle.json"


class BundleCard(Settings):
    """What ``bundle.json`` says."""

    bundle_version: int = BUNDLE_VERSION
    motilens_version: str = __version__
    pipeline: Pipeline
    target: Target | None
    """None: feature-images only."""
    pixel_scaling: PixelScaling
    channel_scaling: ChannelScaling | None
    weights_origin: str | None = None
    """Where the backbone's start came from."""
    provenance: dict[str, Any]
    """Data fingerprint, participants, chosen epochs, scores by the inner split, versions."""
    sha256: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A model ready for use: frozen networks and their card."""

    card: BundleCard
    autoencoder: Autoencoder
    regressor: Regressor | None

    @property
    def name(self) -> str:
        """A short name for messages: input type and target."""
        return f"{self.card.pipeline.stacks.input_type} {self.card.target or 'feature-images'}"


def save_bundle(path: Path, card: BundleCard, autoencoder: Autoencoder, regressor: Regressor | None) -> BundleCard:
    """Write a bundle whole; an older one of the same name is replaced when the new one is complete.

    Returns:
        The card with the hashes of the weight files.

    Raises:
        StorageError: the disk is full or the place may not be written.
        BundleError: something that is not a bundle is in the way.
    """
    if path.exists() and not (path / _CARD).is_file():
        raise BundleError(f"{path} is there and is no bundle; choose another --out, nothing was changed")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_folder(temporary)
        hashes: dict[str, str] = {}
        for name, network in ((_AUTOENCODER, autoencoder), (_REGRESSOR, regressor)):
            if network is not None:
                content = safetensors.torch.save({k: v.contiguous().cpu() for k, v in network.state_dict().items()})
                hashes[name] = hashlib.sha256(content).hexdigest()
                write_bytes(temporary / name, content)
        card = card.model_copy(update={"sha256": hashes})
        write_json(temporary / _CARD, card.model_dump(mode="json"))
        with storage_errors(path):
            replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return card


def load_bundle(path: Path) -> Bundle:
    """Open a bundle.

    Raises:
        MissingError: no such folder, or no ``bundle.json`` in it.
        BundleError: another version, a damaged file, or a tensor of another shape; the message names it.
    """
    if not (path / _CARD).is_file():
        raise MissingError(
            f"no model bundle at {path} (a folder with {_CARD}); make one with: motilens train DATA --out {path}"
        )
    try:
        content = json.loads((path / _CARD).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{path / _CARD} is damaged ({error}); copy the bundle again or train it again") from error
    found = content.get("bundle_version") if isinstance(content, dict) else None
    if found != BUNDLE_VERSION:
        raise BundleError(
            f"bundle {path} is of version {found}, this motilens {__version__} reads version {BUNDLE_VERSION}; "
            "train it again, or install the motilens that made it"
            + (
                f" ({content['motilens_version']})"
                if isinstance(content, dict) and "motilens_version" in content
                else ""
            )
        )
    try:
        card = BundleCard.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise BundleError(
            f"{path / _CARD}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}; copy the bundle again"
        ) from error
    autoencoder = Autoencoder(card.pipeline.stacks.input_type, card.pipeline.autoencoder, card.pixel_scaling)
    _read_weights(path, _AUTOENCODER, card, autoencoder)
    regressor = None
    if card.target is not None:
        regressor = Regressor(card.target, card.pipeline.regressor, card.channel_scaling or ChannelScaling())
        _read_weights(path, _REGRESSOR, card, regressor)
        freeze(regressor)
    freeze(autoencoder)
    return Bundle(card, autoencoder, regressor)


def _read_weights(path: Path, name: str, card: BundleCard, network: nn.Module) -> None:
    file = path / name
    if not file.is_file():
        raise BundleError(f"bundle {path} has no {name}; copy the bundle again")
    content = file.read_bytes()
    try:
        state = safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise BundleError(f"{file} is damaged ({error}); copy the bundle again or train it again") from error
    fit_state(network, state, origin=str(file), error=BundleError)
    if hashlib.sha256(content).hexdigest() != card.sha256.get(name):
        raise BundleError(f"{file} is not the file that {_CARD} was written for (hash differs); copy the bundle again")
