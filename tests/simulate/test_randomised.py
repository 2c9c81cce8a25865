"""Labelled stacks: heads are where the labels say, whatever the scale and the frame rate."""

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import pytest

from motilens.config import StackConfig
from motilens.simulate import randomised
from motilens.simulate.cells import Cell
from motilens.simulate.domain import Domain
from motilens.simulate.field import Field
from motilens.simulate.labelled_stacks import SIZE_PX, STACK
from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.walk import walks
from motilens.simulate.optics.light import Optics, draw_optics
from motilens.simulate.randomised import LabelledStack, draw_labelled_stack, labelled_stacks
from tests.simulate.scenes import ROUND, even_optics, even_scene, put, streams

VIEW_UM = (60.0, 80.0)
PLACES_UM = ((12.0, 10.0), (40.0, 15.0), (66.0, 31.0), (21.0, 47.0), (55.0, 52.0))
"""Heads from the left and the top edge, none at its mirror image or with x and y exchanged."""


def even(um_per_px: float, **others: object) -> Optics:
    height_px, width_px = (2 * round(side / um_per_px / 2) for side in VIEW_UM)
    return even_optics(height_px, width_px, um_per_px=um_per_px, **others)


def at_um(optics: Optics, x_um: float, y_um: float, moves: Movement | None = None, **others: object) -> Cell:
    return put(optics, x_um / optics.um_per_px, y_um / optics.um_per_px, moves, **others)  # type: ignore[arg-type]


def show(
    monkeypatch: pytest.MonkeyPatch,
    optics: Optics,
    cells: Sequence[Cell],
    *,
    fps_hz: float = 50.0,
    gain: float = 1.0,
    config: StackConfig = STACK,
) -> LabelledStack:
    """Draw the stack of these cells, in a sharp video without noise and without losses."""

    def field(*_: object, n_frames: int, fps_hz: float, **others: object) -> Field:
        scene = even_scene(optics, *cells)

        def walk():  # noqa: ANN202
            return walks(
                scene.cells, streams(len(cells)), n_frames=n_frames, fps_hz=fps_hz, flow_um_s=(0.0, 0.0), chunk=7
            )

        return Field(scene, n_frames, walk)

    monkeypatch.setattr(randomised, "VISEM_SHARE", 0.0)
    monkeypatch.setattr(randomised, "SCALES_UM_PER_PX", (optics.um_per_px, optics.um_per_px))
    monkeypatch.setattr(randomised, "RATES_HZ", (fps_hz,))
    monkeypatch.setattr(randomised, "_CODECS", ("ffv1",))
    monkeypatch.setattr(randomised, "_optics", lambda *_, **__: optics)
    camera = randomised._Camera(optics.level, optics.level if gain > 0 else 150.0, gain)
    monkeypatch.setattr(randomised._Camera, "draw", staticmethod(lambda *_, **__: camera))
    monkeypatch.setattr(randomised, "draw_field", field)
    return draw_labelled_stack(0, 1, config)


def heads_seen(stack: LabelledStack, *, sign: Literal[1, -1] = 1) -> np.ndarray:
    """Centres of the mean frame's blobs, brighter or darker than its background: (blob, 2), x and y."""
    mean = stack.pixels.astype(np.float64).mean(axis=0)
    light = sign * (mean - np.median(mean))
    light = np.clip(light - 0.4 * light.max(), 0, None)
    n, numbers = cv2.connectedComponents((light > 0).astype(np.uint8))
    y, x = np.mgrid[: light.shape[0], : light.shape[1]] + 0.5
    return np.array([[np.average(at, weights=light * (numbers == k)) for at in (x, y)] for k in range(1, n)])


def in_order(stack: LabelledStack) -> np.ndarray:
    """Places that the labels say: (cell, 2), x and y."""
    return np.stack([stack.x_px, stack.y_px], axis=1)


def assert_same_places(found: np.ndarray, said: np.ndarray, tolerance_px: float) -> None:
    """Each place found is one of those said, and the other way round."""
    assert len(found) == len(said)
    distance = np.linalg.norm(found[:, None] - said, axis=2)
    assert distance.min(axis=0).max() < tolerance_px and distance.min(axis=1).max() < tolerance_px


@pytest.mark.parametrize(
    ("um_per_px", "fps_hz", "gain"), [(0.25, 50.0, 1.0), (0.5, 100.0, 1.0), (0.5, 25.0, -1.0), (1.0, 30.0, 1.0)]
)
def test_heads_are_where_the_labels_say(
    um_per_px: float, fps_hz: float, gain: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    optics = even(um_per_px)
    stack = show(monkeypatch, optics, [at_um(optics, *place) for place in PLACES_UM], fps_hz=fps_hz, gain=gain)
    assert stack.pixels.shape == (18, 120, 160)
    assert in_order(stack) == pytest.approx(np.array(PLACES_UM) / 0.5, abs=0.1)
    assert_same_places(heads_seen(stack, sign=1 if gain > 0 else -1), in_order(stack), 1.0)


def test_heads_are_dark_in_bright_field(monkeypatch: pytest.MonkeyPatch) -> None:
    optics = even(0.5, illumination="bright field", tail_grey=0.0)  # tails are dark in any light
    stack = show(monkeypatch, optics, [at_um(optics, *place) for place in PLACES_UM])
    assert_same_places(heads_seen(stack, sign=-1), in_order(stack), 1.0)


def test_positions_are_in_pixels_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    optics = even(0.5)
    wide = STACK.model_copy(update={"um_per_px": 1.0})
    stack = show(monkeypatch, optics, [at_um(optics, *place) for place in PLACES_UM], config=wide)
    assert stack.pixels.shape == (18, 60, 80)
    assert in_order(stack) == pytest.approx(np.array(PLACES_UM), abs=0.1)


@pytest.mark.parametrize("fps_hz", [25.0, 50.0, 75.0])
def test_a_swimmer_is_at_the_middle_of_its_way_during_the_stack(fps_hz: float, monkeypatch: pytest.MonkeyPatch) -> None:
    optics = even(0.5, exposure_s=0.001)
    still = [at_um(optics, 5.0 + 10 * k, 8.0) for k in range(8)]  # a field where all moves alike is a stage that moves
    stack = show(monkeypatch, optics, [at_um(optics, 20.0, 40.0, Movement(speed_um_s=60.0)), *still], fps_hz=fps_hz)
    light = np.clip(stack.pixels[:, 60:].astype(np.float64) - np.median(stack.pixels) - 40, 0, None).sum(axis=1)
    x_px = light @ (np.arange(light.shape[1]) + 0.5) / light.sum(axis=1)
    # 18 frames at 50 Hz are 17 steps of 20 ms, so 20.4 um from the first to the last.
    assert x_px[-1] - x_px[0] == pytest.approx(2 * 20.4, abs=3.0)
    assert stack.x_px[0] == pytest.approx(x_px.mean(), abs=0.5)
    assert stack.y_px[0] == pytest.approx(80.0, abs=0.5)


def test_a_cell_that_leaves_the_domain_on_one_side_is_not_said_to_be_in_the_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    optics = even(0.5)
    domain = Domain.around(optics)
    edge_um = (domain.width_px - domain.margin_px) * optics.um_per_px
    edge_y_um = (domain.height_px - domain.margin_px) * optics.um_per_px
    fast = Movement(speed_um_s=60.0)
    cells = [
        at_um(optics, 40.0, 30.0),
        at_um(optics, edge_um - 10.0, 25.0, fast),  # crosses to the left side half-way: its mean place is in the view
        at_um(optics, 35.0, edge_y_um - 10.0, fast, heading_rad=np.pi / 2),  # the same from below
    ]
    stack = show(monkeypatch, optics, cells)
    assert in_order(stack) == pytest.approx(np.array([[80.0, 60.0]]), abs=0.1)


def test_cells_outside_the_view_are_not_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    optics = even(0.5)
    outside = [(-3.0, 30.0), (83.0, 30.0), (40.0, -3.0), (40.0, 63.0)]
    inside = [(1.0, 30.0), (79.0, 30.0), (40.0, 1.0), (40.0, 59.0)]
    stack = show(monkeypatch, optics, [at_um(optics, *place) for place in (*outside, *inside)])
    assert in_order(stack) == pytest.approx(2 * np.array(inside), abs=0.1)


def test_classes_defects_and_depths_are_those_of_the_cell_at_that_place(monkeypatch: pytest.MonkeyPatch) -> None:
    optics = even(0.5)
    swollen = Form(head="large", tail="coiled", head_um=ROUND.head_um, taper=0.0)
    cells = [
        at_um(optics, -3.0, 30.0, kind=1, depth_um=9.0),  # outside: leaves no trace
        at_um(optics, *PLACES_UM[0], kind=2, form=swollen, depth_um=1.0),
        at_um(optics, *PLACES_UM[1], kind=0, depth_um=-2.0),
    ]
    stack = show(monkeypatch, optics, cells)
    assert stack.kind.tolist() == [2, 0]
    assert stack.defects.tolist() == [[True, False, True], [False, False, False]]
    assert stack.depth_um.tolist() == [1.0, -2.0]


# --- random streams


def are_equal(a: LabelledStack, b: LabelledStack) -> bool:
    return all(np.array_equal(value, getattr(b, name)) for name, value in vars(a).items())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields of a ninth of the area, with few cells, so that a video is drawn in a moment."""
    monkeypatch.setattr(randomised, "FIELD_UM", (48.0, 64.0))
    monkeypatch.setattr(randomised, "CELLS_PER_MM2", (50.0, 60.0))


@pytest.mark.usefixtures("small")
def test_a_stack_follows_from_seed_and_number_alone() -> None:
    first = draw_labelled_stack(3, 7, STACK)
    other = draw_labelled_stack(3, 8, STACK)
    another_seed = draw_labelled_stack(4, 7, STACK)
    assert are_equal(draw_labelled_stack(3, 7, STACK), first)
    assert not are_equal(other, first) and not are_equal(another_seed, first)


@pytest.mark.usefixtures("small")
def test_a_video_without_a_stack_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from motilens.errors import TooShortError

    def draw(seed: int, number: int, config: StackConfig) -> LabelledStack:
        if number == 1:
            raise TooShortError("short")
        none = np.zeros(0)
        pixels = np.full((1, 8, 8), number, np.uint8)
        return LabelledStack(pixels, none, none, none.astype(int), np.zeros((0, 3), bool), none, 0.5)

    monkeypatch.setattr(randomised, "draw_labelled_stack", draw)
    assert [int(stack.pixels[0, 0, 0]) for stack in labelled_stacks(0, range(4), STACK)] == [0, 2, 3]


def test_exposures_end_before_the_next_frame() -> None:
    """At 100 frames a second some of the lamp's exposures, 6 to 14 ms, would be longer than a frame."""
    exposures_s = [
        randomised._optics(np.random.default_rng(seed), 0.5, 100.0, like_visem=False).exposure_s for seed in range(20)
    ]
    assert min(exposures_s) < 0.0089 < max(exposures_s) <= 0.0091


def test_the_field_of_view_is_the_same_at_every_scale() -> None:
    for um_per_px in (0.22, 0.5, 1.05):
        optics = randomised._optics(np.random.default_rng(0), um_per_px, 50.0, like_visem=False)
        assert (optics.height_um, optics.width_um) == pytest.approx(randomised.FIELD_UM, abs=um_per_px)
        # A video is coded in even numbers of pixels, and at least as large as the stacks that are kept of it.
        assert (optics.height_px % 2, optics.width_px % 2) == (0, 0)
        assert optics.height_um / 0.5 >= SIZE_PX[0] and optics.width_um / 0.5 >= SIZE_PX[1]


def test_visems_share_is_phase_contrast_as_the_camera_gives_it() -> None:
    optics = draw_optics(np.random.default_rng(0), um_per_px=0.5, height_px=64, width_px=64)
    cameras = [randomised._Camera.draw(np.random.default_rng(k), optics, like_visem=True) for k in range(20)]
    assert {(camera.gain, camera.to_level) for camera in cameras} == {(1.0, optics.level)}
    others = [randomised._Camera.draw(np.random.default_rng(k), optics, like_visem=False) for k in range(200)]
    negatives = [camera for camera in others if camera.gain < 0]
    assert 5 <= len(negatives) <= 40  # a tenth is expected
    assert all(camera.to_level >= 80 for camera in negatives)  # the dark heads of a negative have grey levels left
