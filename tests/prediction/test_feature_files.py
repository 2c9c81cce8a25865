import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from motilens.errors import InputError, MismatchError, VideoError
from motilens.prediction.feature_files import OVERVIEW_STACKS, write_feature_files
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.image_maker import ImageKind
from motilens.progress import Task
from motilens.recordings.recording import Recording
from tests.predictors import made
from tests.recordings.films import write_broken, write_film


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "1_x.avi")


@pytest.mark.parametrize("images", ["moments", "autoencoder", "dis flow"])
def test_pictures_arrays_an_overview_and_their_facts(images: ImageKind, video: Path, tmp_path: Path) -> None:
    predictor = made.image_cnn(images, target=None)
    files = write_feature_files(video, LoadedModel(predictor, "0123456789ab"), tmp_path / "out")
    assert sorted(files) == sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [
        *(f"00{k}_{what}.png" for k in (0, 1) for what in ("feature", "first_frame", "sd")),
        *("features.npz", "overview.gif", "features.json"),
    ]
    batch = Recording(video).stacks(made.SETTINGS.stacks)
    expected = predictor.make_images(batch)
    with np.load(tmp_path / "out" / "features.npz") as arrays:
        assert np.array_equal(arrays["images"], expected)
        assert np.array_equal(arrays["frame_idx"], batch.frame_idx)
    facts = json.loads((tmp_path / "out" / "features.json").read_text(encoding="utf-8"))
    assert (facts["video"], facts["method"], facts["model"]) == ("1_x.avi", "by hand", "0123456789ab")
    assert facts["frame_idx"] == batch.frame_idx.tolist()
    assert facts["problems"] == []
    # The first three channels are red, green and blue, stretched as the facts say.
    picture = np.asarray(Image.open(tmp_path / "out" / "001_feature.png"))
    assert picture.shape == (made.SIZE, made.SIZE, 3)
    low, high = (np.array(facts[f"feature_grey_{level}_at"])[:, None, None] for level in (0, 255))
    shown = np.clip((expected[1, :3] - low) / np.where(high > low, high - low, 1), 0, 1) * 255
    assert np.abs(picture.transpose(2, 0, 1) - np.where(high > low, shown, 0)).max() <= 1
    first = np.asarray(Image.open(tmp_path / "out" / "001_first_frame.png"))
    assert np.array_equal(first, batch.pixels[1, 0])


def test_images_of_a_model_that_counts_cells(video: Path, tmp_path: Path) -> None:
    predictor = made.counting()
    write_feature_files(video, LoadedModel(predictor, ""), tmp_path / "out", um_per_px=0.45, stacks=1)
    batch = Recording(video, um_per_px=0.45).stacks(predictor.stacks.model_copy(update={"stacks_per_video": 1}))
    assert batch.pixels.shape == (1, 9, 72, 108)
    with np.load(tmp_path / "out" / "features.npz") as arrays:
        assert np.array_equal(arrays["images"], predictor.make_images(batch))
    facts = json.loads((tmp_path / "out" / "features.json").read_text(encoding="utf-8"))
    assert facts["problems"] == []


def test_pictures_have_the_size_of_the_stacks_also_where_the_network_has_a_stride(video: Path, tmp_path: Path) -> None:
    write_feature_files(video, LoadedModel(made.counting(), ""), tmp_path / "out", um_per_px=0.44, stacks=1)
    for name in ("000_feature.png", "000_first_frame.png", "000_sd.png"):
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.size == (106, 70)  # 0.44 of 240 x 160; neither is a multiple of 4


def test_a_width_of_a_pixel_that_was_estimated_is_a_problem(video: Path, tmp_path: Path) -> None:
    write_feature_files(video, LoadedModel(made.counting(), ""), tmp_path / "out", stacks=1)
    facts = json.loads((tmp_path / "out" / "features.json").read_text(encoding="utf-8"))
    (problem,) = facts["problems"]
    assert problem.startswith("the width of a pixel was estimated from the heads: ")


def test_what_moves_is_white_in_the_picture_of_the_deviation(video: Path, tmp_path: Path) -> None:
    write_feature_files(video, LoadedModel(made.image_cnn("raw", target=None), ""), tmp_path)
    facts = json.loads((tmp_path / "features.json").read_text(encoding="utf-8"))
    # The model's input is I3: the deviation is that of the first nine frames.
    sd = Recording(video).stacks(made.SETTINGS.stacks).pixels[:, :9].astype(np.float32).std(axis=1) / 255
    for k, white in enumerate(facts["sd_white_at_grey_0_1"]):
        assert white == pytest.approx(np.percentile(sd[k], 99.5), rel=1e-4)
        picture = np.asarray(Image.open(tmp_path / f"00{k}_sd.png"))
        assert np.abs(picture - np.clip(sd[k] / white, 0, 1) * 255).max() <= 1


def test_the_overview_shows_a_few_stacks_frame_by_frame(video: Path, tmp_path: Path) -> None:
    model = LoadedModel(made.image_cnn("moments"), "")
    files = write_feature_files(video, model, tmp_path, stacks=OVERVIEW_STACKS + 2)
    assert sum(file.name.endswith("_feature.png") for file in files) == OVERVIEW_STACKS + 2
    with Image.open(io.BytesIO((tmp_path / "overview.gif").read_bytes())) as overview:
        assert getattr(overview, "n_frames") == OVERVIEW_STACKS * 18  # noqa: B009 - only GIFs have it
        assert overview.size[0] > 3 * made.SIZE


def test_a_model_that_makes_no_images_is_refused(video: Path, tmp_path: Path) -> None:
    for predictor in (made.constant(), made.video_cnn()):
        with pytest.raises(
            MismatchError,
            match="a model of method by hand makes no feature-images; allowed: models of methods that do, such as "
            "count-I4, stable-I4, moments or flow",
        ):
            write_feature_files(video, LoadedModel(predictor, ""), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_video_is_said(tmp_path: Path) -> None:
    video = write_broken(tmp_path / "1_x.avi")
    with pytest.raises(VideoError, match=r"1_x\.avi is not a video that can be read"):
        write_feature_files(video, LoadedModel(made.image_cnn("moments"), ""), tmp_path / "out")


class Counted:
    """Progress that counts the steps of each task."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int, list[int]]] = []

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Task]:
        taken: list[int] = []
        self.tasks.append((name, total, taken))

        class Steps:
            def advance(self, steps: int = 1, *, note: str = "") -> None:
                taken.append(steps)

        yield Steps()


def test_every_task_ends_at_its_total(video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motilens.prediction.feature_files.IMAGES_AT_ONCE", 2)
    counted = Counted()
    model = LoadedModel(made.image_cnn("moments", target=None), "")
    write_feature_files(video, model, tmp_path, stacks=5, progress=counted)
    assert counted.tasks == [("stacks", 1, [1]), ("images", 5, [2, 2, 1]), ("pictures", 5, [1] * 5)]


def test_a_folder_of_something_else_is_left_alone(video: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("ID\n1\n")
    model = LoadedModel(made.image_cnn("moments", target=None), "")
    with pytest.raises(InputError, match="holds other files; allowed: a new or an empty folder, or one that this"):
        write_feature_files(video, model, tmp_path, stacks=1)
    assert [path.name for path in tmp_path.iterdir()] == ["labels.csv"]
