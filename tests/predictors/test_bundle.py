import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

import motilens.predictors.bundle
from motilens.errors import BundleError, MismatchError, MissingError, StorageError
from motilens.predictors.bundle import PREDICTORS, load_model, load_predictor, save_predictor
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.predictor import Predictor
from tests.predictors import made


@pytest.fixture(params=made.PREDICTORS)
def predictor(request: pytest.FixtureRequest) -> Predictor:
    return made.PREDICTORS[request.param]()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved CNN on images of an autoencoder."""
    save_predictor(tmp_path / "model", made.image_cnn())
    return tmp_path / "model"


def change_card(path: Path, **changes: object) -> None:
    content = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
    (path / "bundle.json").write_text(json.dumps(content | changes), encoding="utf-8")


def change_arrays(path: Path, file: str, **changes: np.ndarray | None) -> None:
    """Replace arrays of a file, and write its new hash into the card; None removes one."""
    arrays = {**safetensors.numpy.load_file(path / file), **changes}
    content = safetensors.numpy.save({name: array for name, array in arrays.items() if array is not None})
    (path / file).write_bytes(content)
    card = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
    change_card(path, sha256={**card["sha256"], file: hashlib.sha256(content).hexdigest()})


def test_every_kind_is_made_here() -> None:
    assert {make().kind for make in made.PREDICTORS.values()} == set(PREDICTORS)


def test_what_comes_back_predicts_the_same(predictor: Predictor, tmp_path: Path) -> None:
    save_predictor(tmp_path / "models" / "model", predictor)
    loaded = load_predictor(tmp_path / "models" / "model")
    assert type(loaded) is type(predictor)
    assert isinstance(loaded, Predictor)
    assert loaded.origin == predictor.origin
    assert loaded.needs == predictor.needs
    for seed in (0, 1):
        before, after = (each.predict(made.fake_recording(seed)) for each in (predictor, loaded))
        assert np.array_equal(after.parts_pct, before.parts_pct)
        assert (after.part, after.times_s, after.problems) == (before.part, before.times_s, before.problems)


def test_the_folder_holds_json_and_safetensors_alone(predictor: Predictor, tmp_path: Path) -> None:
    save_predictor(tmp_path / "model", predictor)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert names == sorted(["bundle.json", *(f"{name}.safetensors" for name in predictor.parts().arrays)])


@pytest.mark.parametrize("images", ["autoencoder", "moments"])
def test_a_model_of_feature_images_alone_comes_back_as_one(images: Any, tmp_path: Path) -> None:  # noqa: ANN401
    before = made.image_cnn(images, target=None)
    save_predictor(tmp_path / "model", before)
    after = load_predictor(tmp_path / "model")
    assert isinstance(after, ImageCnnPredictor)
    batch = made.fake_recording().stacks(made.SETTINGS.stacks)
    assert np.array_equal(after.make_images(batch), before.make_images(batch))
    for model in (before, after):
        with pytest.raises(MismatchError, match="makes feature-images only; train one with --target motility or"):
            model.predict(made.fake_recording())


def test_networks_come_back_frozen(saved: Path) -> None:
    loaded = load_predictor(saved)
    assert isinstance(loaded, ImageCnnPredictor)
    for network in (loaded.autoencoder, loaded.regressor):
        assert network is not None
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_new_model_replaces_an_old_one_whole(saved: Path) -> None:
    save_predictor(saved, made.constant())
    assert sorted(path.name for path in saved.iterdir()) == ["bundle.json", "constant.safetensors"]
    assert load_predictor(saved).kind == "constant"
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_model_that_cannot_be_written_leaves_the_old_one(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, value: object) -> None:
        raise StorageError(f"cannot write {path}: the disk is full")

    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    monkeypatch.setattr(motilens.predictors.bundle, "write_json", full)
    with pytest.raises(StorageError, match="the disk is full"):
        save_predictor(saved, made.constant())
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_nothing_else_is_overwritten(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "holiday.jpg").write_text("palms", encoding="utf-8")
    for place in (photos, photos / "holiday.jpg"):
        with pytest.raises(BundleError, match=r"exists and is not a model; choose another .*nothing was changed"):
            save_predictor(place, made.constant())
    assert [path.name for path in tmp_path.rglob("*")] == ["photos", "holiday.jpg"]
    assert (photos / "holiday.jpg").read_text(encoding="utf-8") == "palms"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            MissingError, match=rf"no model at {place} \(a folder with bundle\.json\); make one with: motilens train"
        ):
            load_predictor(place)


@pytest.mark.parametrize("content", ["", '{"bundle_version": 3, "kind": "const', "\ufeff{}"])
def test_a_damaged_card(saved: Path, content: str) -> None:
    (saved / "bundle.json").write_text(content, encoding="utf-8")
    with pytest.raises(BundleError, match=r"bundle\.json is damaged \(.*\); copy the model again or train it again"):
        load_predictor(saved)


@pytest.mark.parametrize("version", [1, 99, None, "2"])
def test_another_version(saved: Path, version: object) -> None:
    change_card(saved, bundle_version=version, motilens_version="9.9.0")
    with pytest.raises(
        BundleError,
        match=rf"has version {version}, this motilens .* reads version 3; train it again, or install the motilens that "
        r"made it \(9\.9\.0\)",
    ):
        load_predictor(saved)


def test_a_card_that_is_no_object_has_no_version(saved: Path) -> None:
    (saved / "bundle.json").write_text("[2]", encoding="utf-8")
    with pytest.raises(BundleError, match="has version None, this motilens .* or install the motilens that made it$"):
        load_predictor(saved)


@pytest.mark.parametrize("kind", ["oracle", None, ["constant"]])
def test_another_kind(saved: Path, kind: object) -> None:
    change_card(saved, kind=kind)
    with pytest.raises(BundleError, match=r"is of kind .*; allowed: constant, line, image-cnn, .*that knows it"):
        load_predictor(saved)


def test_a_field_of_the_card_that_is_unknown_or_missing(saved: Path) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    change_card(saved, colour="blue")
    with pytest.raises(BundleError, match=r"bundle\.json: colour: Extra inputs are not permitted; copy the model"):
        load_predictor(saved)
    settings = content["origin"]["settings"] | {"epochs": 3}
    (saved / "bundle.json").write_text(
        json.dumps(content | {"origin": content["origin"] | {"settings": settings}}), encoding="utf-8"
    )
    with pytest.raises(BundleError, match=r"bundle\.json: origin\.settings\.epochs: Extra inputs are not permitted"):
        load_predictor(saved)
    del content["origin"]["settings"]["stacks"]
    (saved / "bundle.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BundleError, match=r"bundle\.json: origin\.settings\.stacks: Field required"):
        load_predictor(saved)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("images", None, "bundle.json has no field 'images'; copy the model again"),
        ("images", "x-rays", "images of kind 'x-rays'; allowed: autoencoder, raw, moments, "),
        ("pixel_scaling", None, "bundle.json has no field 'pixel_scaling'"),
        ("pixel_scaling", {"mean": "grey"}, r"bundle\.json: pixel_scaling\.mean: Input should be a valid number"),
        ("channel_scaling", {"mean": [1.0], "sd": []}, r"bundle\.json: channel_scaling: .*means of 1 channels"),
    ],
)
def test_fields_of_a_kind_that_do_not_fit(saved: Path, name: str, value: object, words: str) -> None:
    fields = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))["fields"]
    fields = {k: v for k, v in {**fields, name: value}.items() if v is not None}
    change_card(saved, fields=fields)
    with pytest.raises(BundleError, match=words):
        load_predictor(saved)


@pytest.mark.parametrize("regressor", ["log age", ["log cells seen"], None])
def test_a_line_on_another_number(tmp_path: Path, regressor: object) -> None:
    save_predictor(tmp_path / "model", made.line())
    change_card(tmp_path / "model", fields={"regressor": regressor})
    with pytest.raises(BundleError, match="a line on .*; allowed: log cells seen, log concentration; train the model"):
        load_predictor(tmp_path / "model")


def test_an_array_of_another_shape_is_named(tmp_path: Path) -> None:
    save_predictor(tmp_path / "model", made.line())
    change_arrays(tmp_path / "model", "line.safetensors", slope_pct=np.zeros(4))
    with pytest.raises(BundleError, match=r"line\.safetensors: array 'slope_pct' has shape \(4,\); allowed: \(3,\)"):
        load_predictor(tmp_path / "model")
    change_arrays(tmp_path / "model", "line.safetensors", slope_pct=None)
    with pytest.raises(BundleError, match=r"line\.safetensors has no array 'slope_pct'; copy the model again"):
        load_predictor(tmp_path / "model")


def test_a_tensor_of_another_shape_is_named(saved: Path) -> None:
    change_arrays(saved, "autoencoder.safetensors", **{"encoder.1.weight": np.zeros((4, 18, 3, 3), np.float32)})
    with pytest.raises(
        BundleError, match=r"tensor encoder.1.weight is torch.float32 \[4, 18, 3, 3\], the model needs .*\[4, 9, 3, 3\]"
    ):
        load_predictor(saved)
    change_arrays(saved, "autoencoder.safetensors", **{"encoder.1.weight": None})
    with pytest.raises(BundleError, match=r"autoencoder\.safetensors: tensor encoder\.1\.weight .* is missing"):
        load_predictor(saved)


def test_a_truncated_file(saved: Path) -> None:
    content = (saved / "regressor.safetensors").read_bytes()
    (saved / "regressor.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match=r"regressor\.safetensors is damaged \(.*\); copy the model again or"):
        load_predictor(saved)


def test_the_arrays_of_another_model(saved: Path) -> None:
    arrays = safetensors.numpy.load_file(saved / "autoencoder.safetensors")
    arrays["encoder.1.weight"] += 1
    safetensors.numpy.save_file(arrays, saved / "autoencoder.safetensors")
    with pytest.raises(BundleError, match=r"is not the file that bundle\.json was written for \(hash differs\); copy"):
        load_predictor(saved)


def test_a_missing_file(saved: Path) -> None:
    (saved / "regressor.safetensors").unlink()
    with pytest.raises(BundleError, match=r"has no regressor\.safetensors; copy the model again"):
        load_predictor(saved)
    card = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    change_card(saved, sha256={"autoencoder.safetensors": card["sha256"]["autoencoder.safetensors"]})
    with pytest.raises(BundleError, match=r"the model has no regressor\.safetensors; copy the model again"):
        load_predictor(saved)


def test_a_file_outside_the_folder_is_not_read(saved: Path) -> None:
    card = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    shutil.move(saved / "regressor.safetensors", saved.parent / "regressor.safetensors")
    hashes = {"autoencoder.safetensors": card["sha256"]["autoencoder.safetensors"]}
    change_card(saved, sha256={**hashes, "../regressor.safetensors": card["sha256"]["regressor.safetensors"]})
    with pytest.raises(BundleError, match=r"bundle\.json names \.\./regressor\.safetensors; allowed: files in the"):
        load_predictor(saved)


def test_a_model_is_named_by_what_decides_its_predictions(tmp_path: Path) -> None:
    def digest(predictor: Predictor) -> str:
        save_predictor(tmp_path / "model", predictor)
        return load_model(tmp_path / "model").digest

    moments = made.image_cnn("moments", target=None)
    more_stacks = moments.origin.settings.stacks.model_copy(update={"stacks_per_video": 9})
    settings = moments.origin.settings.model_copy(update={"stacks": more_stacks})
    others = [
        made.constant(),
        made.constant("morphology"),
        made.line(),
        made.line("log concentration"),
        moments,
        made.image_cnn("raw", target=None),
        moments.with_origin(moments.origin.model_copy(update={"settings": settings})),
    ]
    digests = [digest(predictor) for predictor in others]
    assert len(set(digests)) == len(digests)
    assert {len(name) for name in digests} == {12}
    elsewhere = moments.origin.model_copy(update={"versions": {"torch": "9"}, "data": {"name": "copy"}})
    assert digest(moments.with_origin(elsewhere)) == digest(moments)
