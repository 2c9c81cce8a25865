"""Every CNN method on scenes with an answer on paper: all swim straight, or none moves."""

from pathlib import Path

import numpy as np
import pytest

from motilens.training.in_memory import InMemoryStacks
from motilens.errors import FoldError
from motilens.methods.images import IMAGE_METHODS, image_method
from motilens.methods.learned import LEARNED_METHODS, step1_and_input
from motilens.methods.method import Fitted, Method
from tests.methods import scenes

TESTED = scenes.everyone()[12:]
METHODS = {method.name: method for method in (*IMAGE_METHODS, *LEARNED_METHODS)}


class Spied(InMemoryStacks):
    """Notes whose pixels were read."""

    def __init__(self, inner: InMemoryStacks) -> None:
        self._inner = inner
        self.read_rows: set[int] = set()

    @property
    def participants(self) -> tuple[str, ...]:
        return self._inner.participants

    def rows_of(self, ids: tuple[str, ...]) -> np.ndarray:
        return self._inner.rows_of(ids)

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.read_rows |= set(rows.tolist())
        return self._inner.read(rows)


def progressive(fitted: Fitted) -> dict[str, float]:
    """Progressive percentage said of each tested participant."""
    return {i: float(fitted.predict(i).mean(axis=0)[0]) for i in TESTED}


def gap(method: Method, folder: Path) -> float:
    """How much more progressive the swimmers are said to be than the standing: 100 is right."""
    said = progressive(method.fit(scenes.material(folder), scenes.assignment(folder)))
    swimming = np.mean([said[i] for i in TESTED if scenes.swims(i)])
    return float(swimming - np.mean([said[i] for i in TESTED if not scenes.swims(i)]))


@pytest.mark.parametrize("name", ["moments", "dynamic", "flow", "flow-farneback", "stable-I3", "stable-I4"])
def test_methods_that_see_motion_tell_swimming_from_standing(name: str, tmp_path: Path) -> None:
    assert gap(METHODS[name], tmp_path) > 50


@pytest.mark.parametrize("name", ["raw", "stable-I1", "stable-I2", "paper-I1"])
def test_methods_of_one_moment_cannot(name: str, tmp_path: Path) -> None:
    assert abs(gap(METHODS[name], tmp_path)) < 30


@pytest.mark.parametrize("name", METHODS)
def test_answers_are_compositions_and_fits_are_written_down(name: str, tmp_path: Path) -> None:
    material, assignment = scenes.material(tmp_path), scenes.assignment(tmp_path)
    fitted = METHODS[name].fit(material, assignment)
    answer = fitted.predict(TESTED[0])
    assert answer.shape == (scenes.STACKS, 3)
    np.testing.assert_allclose(answer.sum(axis=1), 100, atol=1e-3)
    for fit in fitted.fits:
        assert set(fit.ids) <= set(assignment.train_ids), fit.what
    assert {fit.what for fit in fitted.fits} >= {"input scaling", "regressor", "regressor epoch"}
    assert ("autoencoder" in {fit.what for fit in fitted.fits}) == (step1_and_input(name) is not None)
    assert fitted.n_parameters > 1_000_000  # resnet10t has 5 million


def test_what_is_fitted_does_not_depend_on_test_pixels(tmp_path: Path) -> None:
    plain = scenes.stacks()
    changed = InMemoryStacks(
        {
            i: plain.read(plain.rows_of((i,))) if i not in TESTED else np.zeros((4, 18, 32, 32), np.uint8)
            for i in scenes.everyone()
        }
    )
    train = scenes.everyone(12)[0]
    for name in ("moments", "stable-I4"):
        first = METHODS[name].fit(scenes.material(tmp_path / "a"), scenes.assignment(tmp_path / f"a{name}"))
        second = METHODS[name].fit(
            scenes.material(tmp_path / "b", source=changed), scenes.assignment(tmp_path / f"b{name}")
        )
        np.testing.assert_array_equal(first.predict(train), second.predict(train))


def test_images_are_made_once_for_all_folds(tmp_path: Path) -> None:
    asked: list[int] = []

    def make(pixels: np.ndarray) -> np.ndarray:
        asked.append(len(pixels))
        return np.repeat(pixels[:, :1].astype(np.float32), 3, axis=1)

    method = image_method("counted", "for this test", make)
    material = scenes.material(tmp_path)
    method.fit(material, scenes.assignment(tmp_path / "first"))
    assert sum(asked) == 16 * scenes.STACKS
    method.fit(material, scenes.assignment(tmp_path / "second", scenes.everyone()[4:]))
    assert sum(asked) == 16 * scenes.STACKS


def test_asking_reads_the_stacks_of_the_one_who_is_asked_about(tmp_path: Path) -> None:
    spied = Spied(scenes.stacks())
    fitted = METHODS["moments"].fit(scenes.material(tmp_path, source=spied), scenes.assignment(tmp_path))
    spied.read_rows.clear()
    fitted.predict("14")
    assert spied.read_rows == set(spied.rows_of(("14",)).tolist())


def test_images_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    broken = image_method("broken", "for this test", lambda pixels: np.full((len(pixels), 3, 8, 8), np.nan, np.float32))
    with pytest.raises(ValueError, match="feature-images from row 0 on hold values that are not finite"):
        broken.fit(scenes.material(tmp_path), scenes.assignment(tmp_path))


def test_one_training_participant_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(FoldError, match="allowed: at least two"):
        METHODS["moments"].fit(scenes.material(tmp_path), scenes.assignment(tmp_path, ("0",)))
