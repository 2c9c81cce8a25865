"""Fields, one after another: known films, streams that do not touch each other, memory for one field."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motilens.simulate.cells import draw_cell
from motilens.simulate.difficulty import DIFFICULTIES, Difficulty
from motilens.simulate.field import Field, draw_field
from motilens.simulate.frames import draw_frames
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.walk import walks
from motilens.simulate.optics.debris import draw_specks
from motilens.simulate.optics.light import draw_optics
from motilens.simulate.participants import SimulatedParticipant, draw_participant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.record import Recorder
from motilens.simulate.scene import Scene
from motilens.video.picture import Picture
from motilens.video.writer import Codec, write_video
from tests.simulate.scenes import (
    FPS_HZ,
    UM_PER_PX,
    decoded,
    even_optics,
    even_scene,
    lumas,
    psnr_db,
    put,
    streams,
)

OPTICS = even_optics(96, 128)
QUIET: Difficulty = replace(DIFFICULTIES["visem"], debris=0.0, noise=0.0, flow=0.0, cluster_share=0.0)
SPECKS = draw_specks(np.random.default_rng(0), OPTICS)


def participant(**changes: object) -> SimulatedParticipant:
    drawn = draw_participant(np.random.default_rng(1), QUIET)
    return replace(drawn, **{"cells_per_field": 8.0, "clustered": 0.0, "flow_um_s": 0.0, **changes})  # type: ignore[arg-type]


def field(who: SimulatedParticipant, number: int = 0, n_frames: int = 40) -> Field:
    return draw_field(
        who, OPTICS, SPECKS, QUIET, seed=5, participant=1, number=number, n_frames=n_frames, fps_hz=FPS_HZ
    )


def walking(scene: Scene, n_frames: int, chunk: int = 50) -> Field:
    """A field of cells that were put there."""

    def walk() -> Iterator:
        flow = scene.flow_um_s
        return walks(
            scene.cells, streams(len(scene.cells)), n_frames=n_frames, fps_hz=FPS_HZ, flow_um_s=flow, chunk=chunk
        )

    return Field(scene, n_frames, walk)


def shown(path: Path, fields: Sequence[Field]) -> tuple[list[Picture], Recorder]:
    with Recorder(1, path / "labels.zip", FPS_HZ) as recorder:
        pictures = list(draw_frames(iter(fields), len(fields), recorder, seed=5, participant=1, fps_hz=FPS_HZ))
    return pictures, recorder


def test_a_field_of_still_cells_is_one_frame_again_and_again_and_no_cell_is_motile(tmp_path: Path) -> None:
    """Participant with 100 % immotile cells, all of them stuck, no flow, no noise: nothing moves, the truth says so."""
    drawn = field(participant(motility_pct=(0.0, 0.0, 100.0)))
    cells = drawn.scene.cells
    assert len(cells) > 5 and (cells.kind == 2).all()
    stuck = replace(
        cells,
        stuck=np.ones_like(cells.stuck),
        shake_um=np.zeros_like(cells.shake_um),
        wander_rad=np.zeros_like(cells.wander_rad),
    )
    pictures, recorder = shown(tmp_path, [walking(replace(drawn.scene, cells=stuck), 40, chunk=15)])
    luma = lumas(pictures)
    assert len(luma) == 40 and (luma == luma[0]).all() and np.ptp(luma[0]) > 50
    assert recorder.seen().motility_pct == (0, 0, 100)
    assert recorder.cells
    for cell in recorder.cells:
        assert cell.kind == "immotile" and (cell.vsl_um_s, cell.vcl_um_s, cell.bcf_hz) == (0, 0, 0)


def test_chunks_leave_no_trace(tmp_path: Path) -> None:
    """Walked in chunks of 7 and of 50 frames, the pictures are the same."""
    moves = Movement(speed_um_s=25.0, beat_hz=9.0, side_um=0.6, yaw_rad=0.2, tip_rad=0.6)
    scene = even_scene(OPTICS, put(OPTICS, 40, 50, moves, heading_rad=0.4))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (shown(tmp_path / name, [walking(scene, 30, n)])[0] for name, n in (("a", 7), ("b", 50)))
    # Sums of steps may differ in their last bits, which may tip a rounded grey level.
    np.testing.assert_allclose(lumas(one), lumas(other), atol=1)


def test_a_second_field_changes_no_frame_of_the_first_before_the_stage_leaves(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    who = participant()
    alone, _ = shown(tmp_path / "a", [field(who)])
    both, recorder = shown(tmp_path / "b", [field(who), field(who, 1)])
    ((leaves, arrived),) = recorder.stage_moves
    assert 25 < leaves < 40 < arrived
    # The shutter of the frame before is still open when the stage sets off.
    for before, after in zip(alone[: leaves - 1], both[: leaves - 1], strict=True):
        np.testing.assert_array_equal(before.luma, after.luma)
        np.testing.assert_array_equal(before.chroma, after.chroma)
    assert (alone[-1].luma != both[39].luma).any()
    assert [(f.first_frame, f.end_frame) for f in recorder.fields] == [(0, 40), (40, 80)]
    assert {cell.field for cell in recorder.cells} == {0, 1}
    assert len({cell.track for cell in recorder.cells}) == len(recorder.cells)


def test_one_more_cell_changes_no_other() -> None:
    """A field with more cells: the first ones are the same and take the same paths."""
    few, many = field(participant(cells_per_field=4.0)), field(participant(cells_per_field=9.0))
    n = len(few.scene.cells)
    assert n < len(many.scene.cells)
    assert few.scene.cells.cells == many.scene.cells.cells[:n]
    who = participant()
    own = [
        draw_cell(stream(5, 1, Purpose.CELL, field=0, cell=k), who.motility_pct, who.morphology_pct) for k in range(n)
    ]
    assert few.scene.cells.cells == tuple(own)  # each from its own stream, not from the field's
    for one, other in zip(few.walk(), many.walk(), strict=True):
        np.testing.assert_array_equal(one.centre_um, other.centre_um[:, :n])
        np.testing.assert_array_equal(one.phase_rad, other.phase_rad[:, :n])
        np.testing.assert_array_equal(one.effort, other.effort[:, :n])


def test_fields_have_other_cells_of_the_same_participant() -> None:
    who = participant()
    one, again, other = field(who, 0), field(who, 0), field(who, 1)
    assert one.scene.cells.cells == again.scene.cells.cells
    assert one.scene.cells.cells != other.scene.cells.cells
    np.testing.assert_array_equal(one.scene.light, other.scene.light)  # the same lamp


def test_a_field_has_as_many_cells_as_its_participant_says_on_average() -> None:
    """Poisson in the domain, which is larger than the view: 25 fields, five standard errors."""
    who = participant(cells_per_field=2.0)
    counts = [len(field(who, number, 1).scene.cells) for number in range(25)]
    domain = field(who).scene.domain
    expected = 2.0 * domain.times_view(OPTICS)
    assert np.mean(counts) == pytest.approx(expected, abs=5 * np.sqrt(expected / 25))


def test_only_one_field_is_asked_for_at_a_time(tmp_path: Path) -> None:
    """A film is a generator: the next field is drawn when all frames of the one before were taken."""
    asked: list[int] = []

    def fields() -> Iterator[Field]:
        for number in range(3):
            asked.append(number)
            yield walking(even_scene(OPTICS, put(OPTICS, 60, 50)), 6, chunk=2)

    with Recorder(1, tmp_path / "labels.zip", FPS_HZ) as recorder:
        pictures = draw_frames(fields(), 3, recorder, seed=5, participant=1, fps_hz=FPS_HZ)
        assert asked == []
        for number in range(18):
            next(pictures)
            assert asked == list(range(number // 6 + 1))
        assert next(pictures, None) is None


def test_a_long_walk_is_taken_chunk_by_chunk(tmp_path: Path) -> None:
    """After the first frame of a field of an hour, one chunk has been walked."""
    walked: list[int] = []
    scene = even_scene(OPTICS, put(OPTICS, 60, 50, Movement(speed_um_s=20.0)))
    n_frames = 3600 * 50

    def walk() -> Iterator:
        for part in walks(scene.cells, streams(1), n_frames=n_frames, fps_hz=FPS_HZ, chunk=50):
            walked.append(part.n_frames)
            yield part

    with Recorder(1, tmp_path / "labels.zip", FPS_HZ) as recorder:
        pictures = draw_frames(iter([Field(scene, n_frames, walk)]), 1, recorder, seed=5, participant=1, fps_hz=FPS_HZ)
        for _ in range(51):
            next(pictures)
    assert walked == [50, 50]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    """A usual video's frames: VISEM's scale, noise and debris, and as many cells on its area as VISEM's median."""
    difficulty, rng = DIFFICULTIES["visem"], np.random.default_rng(0)
    optics = draw_optics(rng, um_per_px=UM_PER_PX, height_px=240, width_px=320)
    who = replace(draw_participant(rng, difficulty), cells_per_field=6.0, flow_um_s=0.5)
    drawn = draw_field(
        who, optics, draw_specks(rng, optics), difficulty, seed=0, participant=1, number=0, n_frames=20, fps_hz=FPS_HZ
    )
    return shown(tmp_path_factory.mktemp("usual"), [drawn])[0]


@pytest.mark.parametrize(
    ("codec", "ending", "least_db"), [("mjpeg", ".avi", 39), ("h264", ".mp4", 34), ("ffv1", ".avi", 54)]
)
def test_what_is_decoded_is_what_was_drawn(
    tmp_path: Path, usual: list[Picture], codec: Codec, ending: str, least_db: float
) -> None:
    """Measured on ten such videos: 42, 37 and 56.5 dB and more, three less are allowed.

    FFV1 loses nothing but the limited range's 36 of 256 levels: a mean square of about 0.14, 56.6 dB.
    """
    path = tmp_path / f"video{ending}"
    write_video(path, iter(usual), fps_hz=FPS_HZ, codec=codec)
    back = decoded(path)
    assert len(back) == len(usual)
    for grey, picture in zip(back, usual, strict=True):
        assert psnr_db(grey, picture.luma) >= least_db
