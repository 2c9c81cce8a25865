"""Crops and their maps: what moves a pixel moves its cell."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from motilens.config import CounterConfig, InputType
from motilens.networks.counter import MAPS
from motilens.simulate.labelled_stacks import LabelledStacks
from motilens.training.cell_crops import CellCrops, CellSample, cell_blobs, draw_cell_samples
from tests.training.dots import Place, draw_dots, stacks_of

CONFIG = CounterConfig(input_type="I1")
ZOOM = 0.18
PLACES = ((20, 9), (41, 33), (27, 50))
"""x and y of a bright pixel in each of three stacks of 64 x 80; their cells are of class 0, 1 and 2."""


@pytest.fixture
def pixels_of_cells(tmp_path: Path) -> LabelledStacks:
    """One bright pixel per stack, in the middle of which its only cell is."""
    pixels = np.zeros((3, 1, 64, 80), np.uint8)
    cells: list[list[Place]] = []
    for stack, (x, y) in enumerate(PLACES):
        pixels[stack, 0, y, x] = 255
        cells.append([(x + 0.5, y + 0.5, stack, (stack == 0, stack == 1, stack == 2))])
    return stacks_of(tmp_path / "stacks", pixels, cells)


def centre(image: np.ndarray) -> tuple[float, float]:
    """Centre of the light, x and y in pixels from the edge."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return float((image * x).sum() / image.sum()), float((image * y).sum() / image.sum())


def blobs(*cells: Place, size_px: int = 64, stride: int = 4) -> np.ndarray:
    x, y, kind, defects = (np.array(part) for part in zip(*cells, strict=True))
    return cell_blobs(x, y, kind, defects.reshape(-1, 3), size_px, stride)


# --- maps


def test_a_map_sums_to_the_cells_of_its_class_and_of_its_defect() -> None:
    cells: list[Place] = [
        (20.0, 30.0, 0, (1, 0, 0)),
        (31.3, 22.1, 0, (0, 0, 0)),
        (40.0, 40.0, 1, (1, 0, 1)),
        (26.0, 44.0, 2, (0, 0, 0)),
        (33.0, 33.0, 2, (1, 0, 1)),
        (22.0, 22.0, 2, (1, 0, 0)),
    ]
    assert MAPS == ("progressive", "non-progressive", "immotile", "head defect", "midpiece defect", "tail defect")
    assert blobs(*cells).sum(axis=(1, 2)) == pytest.approx([2, 1, 3, 4, 0, 2], abs=1e-3)


@pytest.mark.parametrize("stride", [4, 8])
def test_a_cell_is_at_its_place_with_x_along_columns(stride: int) -> None:
    counted = blobs((70.0, 40.0, 1, (0, 0, 0)), size_px=128, stride=stride)
    assert counted.shape == (6, 128 // stride, 128 // stride)
    assert centre(counted[1]) == pytest.approx((70.0 / stride, 40.0 / stride), abs=1e-3)
    assert counted[[0, 2, 3, 4, 5]].max() == 0


def test_what_lies_outside_is_cut_off() -> None:
    at_the_edge, outside = blobs((0.0, 32.0, 0, (0, 0, 0))), blobs((-40.0, 32.0, 0, (0, 0, 0)))
    assert at_the_edge[0].sum() == pytest.approx(0.5, abs=0.02) and outside[0].sum() < 1e-6
    # Half of it is counted on either side of a cut, so cells are neither lost nor counted twice.
    beside = blobs((64.0, 32.0, 0, (0, 0, 0)))
    assert at_the_edge[0].sum() + beside[0].sum() == pytest.approx(1, abs=1e-3)


def test_no_cells_are_maps_of_zeros() -> None:
    none = np.zeros(0)
    counted = cell_blobs(none, none, none, np.zeros((0, 3)), 32, 4)
    assert counted.shape == (6, 8, 8) and counted.max() == 0


# --- crops


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize(("flip_y", "flip_x", "transpose"), list(product([False, True], repeat=3)))
def test_turns_move_a_pixel_and_its_cell_alike(
    row: int, flip_y: bool, flip_x: bool, transpose: bool, pixels_of_cells: LabelledStacks
) -> None:
    crops = CellCrops(pixels_of_cells, CONFIG, um_per_px=0.5, crop_px=64)
    image, maps = crops.read(CellSample(row, flip_y=flip_y, flip_x=flip_x, transpose=transpose))
    x, y = (at + 0.5 for at in PLACES[row])
    x, y = 64 - x if flip_x else x, 64 - y if flip_y else y
    x, y = (y, x) if transpose else (x, y)
    assert centre(image[0]) == pytest.approx((x, y))
    expected = np.zeros(6)
    expected[[row, 3 + row]] = 1
    assert maps.sum(axis=(1, 2)) == pytest.approx(expected, abs=0.02)
    for counted in maps[[row, 3 + row]]:
        assert centre(counted) == pytest.approx((x / 4, y / 4), abs=0.02)


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("zoom", [np.exp(-ZOOM), 0.93, 1.1, np.exp(ZOOM)])
def test_a_zoom_moves_a_pixel_and_its_cell_alike(row: int, zoom: float, pixels_of_cells: LabelledStacks) -> None:
    crops = CellCrops(pixels_of_cells, CONFIG, um_per_px=0.5, crop_px=48)
    side = round(48 / zoom)
    image, maps = crops.read(CellSample(row, top=0.4, left=0.5, zoom=float(zoom)))
    x, y = PLACES[row][0] + 0.5 - int(0.5 * (81 - side)), PLACES[row][1] + 0.5 - int(0.4 * (65 - side))
    place = (x * 48 / side, y * 48 / side)
    if min(place) > 0 and max(place) < 48:
        assert centre(image[0]) == pytest.approx(place, abs=0.3)  # a pixel becomes a few
    expected = blobs((*place, row, (0, 0, 0)), size_px=48)
    assert maps[row] == pytest.approx(expected[row], abs=1e-5)


def test_twice_the_width_of_a_pixel_halves_positions(pixels_of_cells: LabelledStacks) -> None:
    image, maps = CellCrops(pixels_of_cells, CONFIG, um_per_px=1.0, crop_px=32).read(CellSample(1))
    assert image.shape == (1, 32, 32) and maps.shape == (6, 8, 8)
    x, y = (41.5 / 2, 33.5 / 2)
    assert centre(image[0]) == pytest.approx((x, y), abs=0.3)
    assert centre(maps[1]) == pytest.approx((x / 4, y / 4), abs=0.05)


@pytest.mark.parametrize("um_per_px", [0.5, 1.0])
def test_crops_lie_inside_the_stack_and_are_not_distorted(um_per_px: float, tmp_path: Path) -> None:
    """Grey rises by 1 a pixel along y in one stack, along x in the other: a crop shows a part of it with one slope."""
    y, x = np.mgrid[:100, :140]
    pixels = np.stack([y, x])[:, None].astype(np.uint8)
    crops = CellCrops(stacks_of(tmp_path, pixels, [[], []]), CONFIG, um_per_px=um_per_px, crop_px=32)
    samples = draw_cell_samples(np.random.default_rng(0), np.tile([0, 1], 60), largest_zoom=ZOOM)
    extreme = [CellSample(row, top=at, left=at, zoom=1.0) for row in (0, 1) for at in (0.0, 1 - 1e-12)]
    seen = []
    for sample in (*samples, *extreme):
        assert isinstance(sample, CellSample)
        (image,), _ = crops.read(sample)
        along = (0 if sample.row == 0 else 1) ^ sample.transpose
        line = 255 * image.mean(axis=1 - along)
        line = line[::-1] if (sample.flip_y, sample.flip_x)[sample.row] else line
        slope = round(32 / (sample.zoom * 0.5 / um_per_px)) / 32  # pixels of the stack for one of the crop
        assert (line[-2] - line[1]) / 29 == pytest.approx(slope, abs=0.02)
        assert line[0] > -0.01 and line[-1] < (99.01, 139.01)[sample.row]
        seen.append((sample.row, line[0], line[-1]))
    for row, last in ((0, 99), (1, 139)):
        assert min(first for of, first, _ in seen if of == row) < 1 / um_per_px
        assert max(end for of, _, end in seen if of == row) > last - 1 / um_per_px


def test_a_stack_smaller_than_the_crop_is_enlarged(pixels_of_cells: LabelledStacks) -> None:
    image, maps = CellCrops(pixels_of_cells, CONFIG, um_per_px=0.5, crop_px=128).read(CellSample(0))
    assert image.shape == (1, 128, 128)
    assert centre(image[0]) == pytest.approx((41.0, 19.0), abs=0.3)
    assert centre(maps[0]) == pytest.approx((41.0 / 4, 19.0 / 4), abs=0.05)


def test_time_runs_backwards_and_frames_are_those_of_the_input(tmp_path: Path) -> None:
    pixels = np.broadcast_to(np.arange(18, dtype=np.uint8)[None, :, None, None], (1, 18, 32, 32)).copy()
    stacks = stacks_of(tmp_path, pixels, [[(16.0, 16.0, 0, (0, 0, 0))]])
    moving = CellCrops(stacks, CounterConfig(input_type="I4"), um_per_px=0.5, crop_px=32)
    (there, maps), (back, same) = (moving.read(CellSample(0, backwards=turned)) for turned in (False, True))
    assert (255 * there[:, 3, 5]).round().tolist() == list(range(18))
    assert np.array_equal(back, there[::-1]) and np.array_equal(maps, same)
    still = CellCrops(stacks, CONFIG, um_per_px=0.5, crop_px=32)
    assert still.read(CellSample(0))[0].shape == (1, 32, 32)


def test_a_batch_is_its_crops(tmp_path: Path) -> None:
    crops = CellCrops(stacks_of(tmp_path, *draw_dots(4)), CONFIG, um_per_px=0.5, crop_px=32)
    samples = draw_cell_samples(np.random.default_rng(1), np.array([2, 0, 3]), largest_zoom=ZOOM)
    chosen = [sample for sample in samples if isinstance(sample, CellSample)]
    images, maps, unbiased = crops.__getitems__(chosen)
    assert unbiased.tolist() == [1, 1, 1]
    assert images.shape == (3, 1, 32, 32) and maps.shape == (3, 6, 8, 8)
    for k, sample in enumerate(chosen):
        image, counted = crops.read(sample)
        assert np.array_equal(images[k].numpy(), image) and np.array_equal(maps[k].numpy(), counted)


def test_samples_turn_half_of_the_crops_and_keep_the_rows() -> None:
    rows = np.arange(400)
    samples = [
        s for s in draw_cell_samples(np.random.default_rng(0), rows, largest_zoom=ZOOM) if isinstance(s, CellSample)
    ]
    assert [sample.row for sample in samples] == rows.tolist()
    for name in ("flip_y", "flip_x", "transpose", "backwards"):
        assert 150 < sum(getattr(sample, name) for sample in samples) < 250
    zooms = np.log([sample.zoom for sample in samples])
    assert -ZOOM <= zooms.min() < -0.15 and 0.15 < zooms.max() <= ZOOM
    assert draw_cell_samples(np.random.default_rng(0), rows, largest_zoom=ZOOM) == samples


def test_without_zoom_a_crop_is_what_the_camera_saw(pixels_of_cells: LabelledStacks) -> None:
    (sample,) = draw_cell_samples(np.random.default_rng(0), np.array([1]), largest_zoom=0.0)
    assert isinstance(sample, CellSample) and sample.zoom == 1.0
    crop, _ = CellCrops(pixels_of_cells, CONFIG, um_per_px=0.5, crop_px=64).read(sample)
    assert sorted(np.unique(crop)) == [0, 1]  # the pixel is as bright as it was


def test_a_single_frame_is_the_one_in_the_middle(tmp_path: Path) -> None:
    pixels = np.arange(18, dtype=np.uint8)[None, :, None, None] * np.ones((1, 18, 64, 64), np.uint8)
    stacks = stacks_of(tmp_path, pixels, [[]])
    shown: dict[InputType, list[int]] = {"I1": [8], "I3": list(range(4, 13)), "I4": list(range(18))}
    for input_type, frames in shown.items():
        crops = CellCrops(stacks, CounterConfig(input_type=input_type), um_per_px=0.5, crop_px=32)
        crop, _ = crops.read(CellSample(0))
        assert (crop[:, 0, 0] * 255).round().tolist() == frames


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.999, 0.2), (0.5, 0.999)])
def test_a_crop_around_a_cell_has_it_in_its_middle_half(
    row: int, corner: tuple[float, float], pixels_of_cells: LabelledStacks
) -> None:
    crops = CellCrops(pixels_of_cells, CONFIG, um_per_px=0.5, crop_px=32)
    sample = CellSample(row, *corner, around=0.4)
    crop, maps = crops.read(sample)
    x, y = centre(crop[0])
    near = np.array(PLACES[row])
    free = (near >= 24) & (near < np.array([80, 64]) - 24)  # elsewhere the edge of the stack is in the way
    inside = (np.array([x, y]) >= 7) & (np.array([x, y]) <= 25)
    assert inside[free].all() and maps[row].sum() > 0.4
    assert crops.__getitems__([sample])[2].tolist() == [0]


def test_a_share_of_the_crops_is_laid_around_cells(tmp_path: Path) -> None:
    samples = draw_cell_samples(np.random.default_rng(0), np.arange(400), largest_zoom=0.0, centred_share=0.75)
    around = [sample.around for sample in samples if isinstance(sample, CellSample) and sample.around is not None]
    assert 270 < len(around) < 330 and 0 <= min(around) < 0.05 and 0.95 < max(around) < 1
    empty = CellCrops(stacks_of(tmp_path, *draw_dots(1, least=0, most=0)), CONFIG, um_per_px=0.5, crop_px=32)
    assert empty.read(CellSample(0, around=0.5))[1].max() == 0  # anywhere, as there is no cell
