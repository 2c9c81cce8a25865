"""The cache of images: what comes out is what was put in, and never what was put in for something else."""

import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from motilens.config import MethodSettings
from motilens.errors import DataError, InputError
from motilens.features.encode import encode
from motilens.networks.autoencoder import Autoencoder, PixelScaling
from motilens.training.autoencoder import input_batches
from motilens.training.image_cache import MEMORY_BYTES, ImageCache
from motilens.training.in_memory import InMemoryStacks

N = 10


def images(seed: int = 0, n: int = N) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 3, 4, 4)).astype(np.float32)


def in_batches(values: np.ndarray) -> Iterator[np.ndarray]:
    yield from (values[start : start + 4] for start in range(0, len(values), 4))


def nothing_to_make() -> Iterator[np.ndarray]:
    raise AssertionError("the images are there already")
    yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work" / "images"


@pytest.mark.parametrize("memory_bytes", [0, MEMORY_BYTES])
def test_rows_come_back_in_any_order_in_half_precision(path: Path, memory_bytes: int) -> None:
    ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    cache = ImageCache(path, memory_bytes=memory_bytes)
    rows = np.array([7, 0, 7, 9])
    found = cache.read(rows)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, images()[rows].astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(np.concatenate(list(cache.batches(rows))), found)


def test_it_holds_what_the_encoder_gives(source: InMemoryStacks, settings: MethodSettings, path: Path) -> None:
    autoencoder = Autoencoder("I3", settings.autoencoder, PixelScaling()).eval()
    inputs = list(input_batches(source, np.arange(48), "I3"))
    cache = ImageCache.build(path, (encode(autoencoder, x) for x in inputs), n_rows=48, digest="a")
    expected = np.concatenate([encode(autoencoder, x) for x in inputs])
    np.testing.assert_allclose(cache.read(np.arange(48)), expected, atol=2e-3)


def test_the_same_images_are_not_made_again(path: Path) -> None:
    ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    cache = ImageCache.build(path, nothing_to_make(), n_rows=N, digest="a")
    assert cache.digest == "a"
    np.testing.assert_allclose(cache.read(np.arange(N)), images(), atol=2e-3)


def test_images_of_another_autoencoder_are_made_anew(path: Path) -> None:
    ImageCache.build(path, in_batches(images(0)), n_rows=N, digest="an autoencoder")
    cache = ImageCache.build(path, in_batches(images(1)), n_rows=N, digest="another autoencoder")
    assert cache.digest == "another autoencoder"
    np.testing.assert_allclose(cache.read(np.arange(N)), images(1), atol=2e-3)


def test_a_cache_of_fewer_rows_is_made_anew(path: Path) -> None:
    ImageCache.build(path, in_batches(images(0, N - 1)), n_rows=N - 1, digest="a")
    cache = ImageCache.build(path, in_batches(images(0, N)), n_rows=N, digest="a")
    np.testing.assert_allclose(cache.read(np.arange(N)), images(0, N), atol=2e-3)


def test_a_cache_that_lost_a_row_is_made_anew(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    (path / "c.3.0.0.0").unlink()
    with pytest.raises(DataError, match=r"images are damaged \(9 of 10 rows are there\); delete that folder"):
        ImageCache(path).read(np.array([0]))
    cache = ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    assert "they are made again" in caplog.text
    np.testing.assert_allclose(cache.read(np.array([3])), images()[3:4], atol=2e-3)


@pytest.mark.parametrize("memory_bytes", [0, MEMORY_BYTES])
def test_a_damaged_row_is_an_error(path: Path, memory_bytes: int) -> None:
    ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    content = bytearray((path / "c.3.0.0.0").read_bytes())
    content[10] ^= 1
    (path / "c.3.0.0.0").write_bytes(content)
    with pytest.raises(DataError, match=r"images are damaged \(.*checksum.*\); delete that folder and run again"):
        ImageCache(path, memory_bytes=memory_bytes).read(np.array([3]))


def test_a_build_that_was_killed_leaves_nothing_that_is_taken_for_whole(path: Path) -> None:
    def killed() -> Iterator[np.ndarray]:
        yield images()[:4]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ImageCache.build(path, killed(), n_rows=N, digest="a")
    assert not path.exists()
    cache = ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    np.testing.assert_allclose(cache.read(np.arange(N)), images(), atol=2e-3)


@pytest.mark.parametrize("value", [70000.0, -1e30, np.nan, np.inf])
def test_values_that_half_precision_cannot_hold_are_refused(path: Path, value: float) -> None:
    values = images()
    values[5, 0, 0, 0] = value
    with pytest.raises(InputError, match=r"images from row 4 on reach .*; allowed: finite values up to 65504"):
        ImageCache.build(path, in_batches(values), n_rows=N, digest="a")
    assert not path.exists()


@pytest.mark.parametrize("n", [N - 1, N + 1])
def test_another_number_of_images_than_rows_is_refused(path: Path, n: int) -> None:
    with pytest.raises(InputError, match=f"{n} images for 10 rows; allowed: one a row"):
        ImageCache.build(path, in_batches(images(0, n)), n_rows=N, digest="a")


def test_one_builds_while_others_wait(path: Path) -> None:
    found: list[ImageCache] = []

    def second() -> None:
        found.append(ImageCache.build(path, nothing_to_make(), n_rows=N, digest="a"))

    other = threading.Thread(target=second)

    def first() -> Iterator[np.ndarray]:
        for batch in in_batches(images()):
            if other.ident is None:
                other.start()
                other.join(0.2)
            yield batch

    ImageCache.build(path, first(), n_rows=N, digest="a")
    other.join()
    assert found[0].digest == "a"


def test_a_copy_for_another_process_carries_no_images(path: Path) -> None:
    cache = ImageCache.build(path, in_batches(images()), n_rows=N, digest="a")
    before = cache.read(np.arange(N))
    copy = pickle.dumps(cache)
    assert len(copy) < 1000
    np.testing.assert_array_equal(pickle.loads(copy).read(np.arange(N)), before)
