"""The account of what was drawn: known cells, known figures, known boxes."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from motilens.simulate.cells import Cell
from motilens.simulate.field import Field
from motilens.simulate.frames import draw_frames
from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.walk import Walk, walks
from motilens.simulate.record import CLASS_SMALL, CLASS_SPERM, Recorder
from motilens.simulate.truth import read_cells, read_truth
from tests.simulate.scenes import FPS_HZ, UM_PER_PX, boxes, decoded, even_optics, even_scene, put, streams

OPTICS = even_optics(96, 128)


def record(path: Path, *cells: Cell, n_frames: int = 50, chunk: int = 50) -> tuple[Recorder, list[list[list[float]]]]:
    """Film cells, and give the account and the boxes of each frame."""
    scene = even_scene(OPTICS, *cells)

    def walk() -> Iterator[Walk]:
        return walks(scene.cells, streams(len(cells)), n_frames=n_frames, fps_hz=FPS_HZ, chunk=chunk)

    path.mkdir(exist_ok=True)
    with Recorder(7, path / "labels.zip", FPS_HZ) as recorder:
        for _ in draw_frames(iter([Field(scene, n_frames, walk)]), 1, recorder, seed=0, participant=7, fps_hz=FPS_HZ):
            pass
    with zipfile.ZipFile(path / "labels.zip") as labels:
        names = [f"7/labels_ftid/7_frame_{k}_with_ftid.txt" for k in range(n_frames)]
        assert labels.namelist() == names
        lines = [labels.read(name).decode().splitlines() for name in names]
    return recorder, [[[float(word) for word in line.split()] for line in frame] for frame in lines]


def test_a_straight_swimmer(tmp_path: Path) -> None:
    """30 um/s for 1 s: VSL, VCL and VAP 30 um/s, LIN 1; boxes 0.6 um apart, in shares of 128 pixels."""
    recorder, frames = record(tmp_path, put(OPTICS, 30, 48, Movement(speed_um_s=30.0)))
    (cell,) = recorder.cells
    assert (cell.kind, cell.frames_in_view, cell.field, cell.track) == ("progressive", 50, 0, 0)
    assert (cell.vsl_um_s, cell.vcl_um_s, cell.vap_um_s, cell.lin) == pytest.approx((30, 30, 30, 1))
    assert (cell.str, cell.wob) == pytest.approx((1, 1))
    assert (cell.alh_um, cell.bcf_hz) == pytest.approx((0, 0))
    x = np.array([frame[0][2] for frame in frames])
    np.testing.assert_allclose(x * 128, 30 + np.arange(50) * 0.6 / UM_PER_PX, atol=1e-3)
    np.testing.assert_allclose([frame[0][3] * 96 for frame in frames], 48, atol=1e-3)


def test_a_beat_is_crossed_twice(tmp_path: Path) -> None:
    moves = Movement(speed_um_s=20.0, beat_hz=8.0, side_um=0.9)
    recorder, _ = record(tmp_path, put(OPTICS, 30, 48, moves, phase_rad=0.7), n_frames=100)
    (cell,) = recorder.cells
    assert cell.beat_hz == 8
    assert cell.bcf_hz == pytest.approx(16, abs=1.5)  # a second's window cuts a crossing off at most
    assert cell.alh_um == pytest.approx(1.8, rel=0.1)  # six frames a beat miss its peaks by up to 13 %
    assert cell.vcl_um_s > cell.vsl_um_s and cell.lin < 1


def test_percentages_are_weighted_by_frames_in_view(tmp_path: Path) -> None:
    """One cell in view all the time, one that swims out of it after a fifth: 5 to 1."""
    stays = put(OPTICS, 60, 48, kind=2, gait="still", form=Form(head="round", head_um=(3.4, 3.4)))
    # 24.75 um from the edge are 50 pixels: out after 10 frames at 2.5 um a frame.
    leaves = put(OPTICS, 78.1, 20, Movement(speed_um_s=125.0))
    recorder, frames = record(tmp_path, stays, leaves)
    assert [len(frame) for frame in frames] == [2] * 10 + [1] * 40
    assert recorder.seen().motility_pct == pytest.approx((100 / 6, 0, 500 / 6))
    assert recorder.seen().morphology_pct == pytest.approx((500 / 6, 0, 0))
    assert recorder.fields[0].cells_in_view == pytest.approx(60 / 50)


def test_who_never_comes_into_view_is_not_in_the_truth(tmp_path: Path) -> None:
    recorder, frames = record(tmp_path, put(OPTICS, -40, -40), put(OPTICS, 60, 48), n_frames=5)
    assert [cell.track for cell in recorder.cells] == [1]
    assert all([row[0] for row in frame] == [1] for frame in frames)


def test_a_box_holds_the_head_whatever_way_it_points(tmp_path: Path) -> None:
    form = Form(head_um=(6.0, 2.0), taper=0.0)
    along, across, slanted = (
        put(OPTICS, 30 + 30 * k, 48, form=form, heading_rad=angle)
        for k, angle in enumerate((0.0, np.pi / 2, np.pi / 4))
    )
    _, frames = record(tmp_path, along, across, slanted, n_frames=1)
    size = [(row[4] * 128 * UM_PER_PX, row[5] * 96 * UM_PER_PX) for row in frames[0]]
    halo = size[0][0] - 6.0
    assert halo > 2
    assert size[0] == pytest.approx((6 + halo, 2 + halo), abs=1e-3)
    assert size[1] == pytest.approx((2 + halo, 6 + halo), abs=1e-3)
    assert size[2] == pytest.approx((np.sqrt(20) + halo, np.sqrt(20) + halo), abs=1e-3)


def test_classes_are_those_of_visem_tracking(tmp_path: Path) -> None:
    small = put(OPTICS, 40, 48, form=Form(head="small", head_um=(2.9, 2.0)))
    _, frames = record(tmp_path, put(OPTICS, 80, 48), small, n_frames=1)
    assert [row[1] for row in frames[0]] == [CLASS_SPERM, CLASS_SMALL] == [0, 2]


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        record(tmp_path / name, put(OPTICS, 30, 48, Movement(speed_um_s=30.0)), n_frames=5)
    assert (tmp_path / "a" / "labels.zip").read_bytes() == (tmp_path / "b" / "labels.zip").read_bytes()


# --- the truth of a whole video


@pytest.mark.parametrize("participant", [1, 2])
def test_boxes_lie_on_bright_heads(filmed: Path, participant: int) -> None:
    """In the decoded video the middle of nearly every box of a cell in focus is far above the frame's median.

    25 grey levels are a quarter of what VISEM's heads are above their background. A few heads lie under debris.
    """
    truth = read_truth(filmed, participant)
    in_focus = {cell.track for cell in read_cells(filmed, participant) if abs(cell.depth_um) < 2 and not cell.clustered}
    grey = decoded(filmed / "videos" / truth.video)
    gliding = {k for first, stop in truth.stage_moves for k in range(first - 1, stop)}
    frames = boxes(filmed, participant)
    assert len(frames) == len(grey) == truth.fields[-1].end_frame
    above = []
    for k in range(0, len(grey), 4):
        if k in gliding:
            continue
        median = float(np.median(grey[k]))
        for track, _, x, y, _, _ in frames[k]:
            row, column = int(y * 480), int(x * 640)
            if track in in_focus and 4 <= row < 476 and 4 <= column < 636:
                above.append(grey[k, row - 2 : row + 3, column - 2 : column + 3].mean() - median)
    assert len(above) > 100
    assert (np.array(above) > 25).mean() > 0.97


@pytest.mark.parametrize("participant", [1, 2])
def test_seen_percentages_are_those_of_the_boxes(filmed: Path, participant: int) -> None:
    """Counted again from labels and table of cells, in any order."""
    truth, cells = read_truth(filmed, participant), {cell.track: cell for cell in read_cells(filmed, participant)}
    tracks = [row[0] for frame in boxes(filmed, participant) for row in frame]
    assert set(tracks) == set(cells) and len(cells) == truth.n_cells
    kinds = [cells[track].kind for track in tracks]
    shares = [100 * kinds.count(kind) / len(kinds) for kind in ("progressive", "non-progressive", "immotile")]
    assert truth.seen.motility_pct == pytest.approx(shares)
    defects = np.mean(
        [[cells[t].head != "normal", cells[t].midpiece != "normal", cells[t].tail != "normal"] for t in tracks], axis=0
    )
    assert truth.seen.morphology_pct == pytest.approx(tuple(100 * defects))
    for field in truth.fields:
        n = sum(len(frame) for frame in boxes(filmed, participant)[field.first_frame : field.end_frame])
        assert field.cells_in_view == pytest.approx(n / (field.end_frame - field.first_frame))
    for track, cell in cells.items():
        assert tracks.count(track) == cell.frames_in_view


def test_kinematics_fit_the_classes(filmed: Path) -> None:
    cells = [cell for participant in (1, 2) for cell in read_cells(filmed, participant) if cell.frames_in_view > 40]
    for cell in cells:
        assert 0 <= cell.lin <= 1 + 1e-6
        assert cell.vsl_um_s <= cell.vcl_um_s * (1 + 1e-5)  # six digits are written
        assert (cell.beat_hz == 0) == (cell.kind == "immotile")
    vsl = {kind: np.median([cell.vsl_um_s for cell in cells if cell.kind == kind]) for kind in {c.kind for c in cells}}
    assert vsl["progressive"] > 5 > vsl["non-progressive"]
    assert vsl["immotile"] < 3


def test_the_labels_are_a_zip_that_anybody_reads(filmed: Path) -> None:
    with zipfile.ZipFile(io.BytesIO((filmed / "truth" / "1_labels.zip").read_bytes())) as labels:
        assert labels.testzip() is None
    for frame in boxes(filmed, 1):
        for track, kind, x, y, w, h in frame:
            assert track >= 0 and kind in (0, 1, 2)
            assert 0 <= x < 1 and 0 <= y < 1 and 0 < w < 0.2 and 0 < h < 0.2


def test_a_cell_that_comes_round_the_room_begins_a_new_track(tmp_path: Path) -> None:
    """250 um/s along x: out of the view of 63 um, through the margins of 64 um on both sides, and in again."""
    _, frames = record(tmp_path, put(OPTICS, 30, 48, Movement(speed_um_s=250.0)), n_frames=50)
    tracks = [int(frame[0][0]) for frame in frames if frame]
    assert tracks[0] == 0 and set(tracks) == {0, 1}
    assert tracks == sorted(tracks)
    assert [] in frames  # between the two nobody is in view
