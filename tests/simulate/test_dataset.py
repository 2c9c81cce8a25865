"""A whole data set: filed as VISEM's, the same bytes from the same seed, whatever else is asked for."""

import csv
import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from motilens.cli.main import main
from motilens.data.owned_videos import assign_videos
from motilens.data.visem import read_participants
from motilens.errors import ConfigError, InputError
from motilens.recordings.inspect import inspect_video
from motilens.simulate.dataset import SimulatedDataset, draw_video_optics, parse_size, simulate_dataset
from motilens.simulate.settings import VideoSettings
from motilens.simulate.tables import HEADER, OTHERS
from motilens.simulate.truth import read_cells, read_truth
from tests.simulate.factories import every_file
from tests.simulate.scenes import boxes, decoded
from tests.simulate.test_folder import Notes

Made = tuple[Path, SimulatedDataset]

SMALL: dict[str, Any] = {"participants": 2, "seconds": 0.12, "size": (96, 128), "seed": 5}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("simulated") / "set"
    return out, simulate_dataset(out, **SMALL)


def test_the_folder_is_visems(made: Made) -> None:
    out, dataset = made
    assert dataset.n_made == 2 and dataset.n_found == 0
    tables = {"videos.csv", "semen_analysis_data.csv", *OTHERS}
    assert {path.name for path in out.iterdir()} == {"videos", "truth", ".lock", *tables}
    names = sorted(path.name for path in (out / "videos").iterdir())
    assert [name.split("_")[0] for name in names] == ["1", "2"]
    assert all(name.endswith(".avi") for name in names)
    listed = (out / "videos.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert listed[0] == "ID;video"
    assert sorted(line.split(";")[1] for line in listed[1:]) == names
    per_participant = {f"{n}{ending}" for n in (1, 2) for ending in (".json", "_cells.csv", "_labels.zip")}
    assert {path.name for path in (out / "truth").iterdir()} == {"simulation.json", *per_participant}


def test_the_table_reads_back_and_is_the_exact_truth(made: Made) -> None:
    out, _ = made
    raw = (out / "semen_analysis_data.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf" + HEADER.encode())
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert [row["ID"] for row in rows] == ["1", "2"]
    for row in rows:
        truth = read_truth(out, int(row["ID"]))
        columns = ["Progressive motility (%)", "Non progressive sperm motility (%)", "Immotile sperm (%)"]
        motility = tuple(float(row[column].replace(",", ".")) for column in columns)
        assert motility == truth.exact.motility_pct
        assert sum(motility) == pytest.approx(100, abs=1e-9)
        assert row["Sperm vitality (%)"] == "Not reported"


def test_the_video_has_the_frames_asked_for(made: Made) -> None:
    out, _ = made
    truth = read_truth(out, 2)
    path = out / "videos" / truth.video
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "mjpeg"
        assert container.streams.video[0].average_rate == 50
    pictures = decoded(path)
    assert pictures.shape == (6, 96, 128)
    assert truth.fields[-1].end_frame == 6 == len(boxes(out, 2))


def test_two_workers_write_the_same_bytes_as_one(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **SMALL, workers=2)
    assert every_file(tmp_path / "set") == every_file(made[0])


def test_another_participant_changes_no_other(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **{**SMALL, "participants": 3})
    other, one = every_file(tmp_path / "set"), every_file(made[0])
    same = [name for name in one if name.startswith(("videos/", "truth/1", "truth/2"))]
    assert len(same) == 2 + 2 * 3
    assert all(one[name] == other[name] for name in same)


def test_another_seed_is_another_set(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **{**SMALL, "participants": 1, "seed": 6})
    assert read_truth(tmp_path / "set", 1).exact != read_truth(made[0], 1).exact


def test_another_field_changes_no_earlier_one(tmp_path: Path) -> None:
    """Lossless, so frames can be compared: up to where the stage sets off, and the first field's cells and boxes."""
    settings = {**SMALL, "participants": 1, "seconds": 0.6, "codec": "ffv1"}
    for fields in (1, 2):
        simulate_dataset(tmp_path / str(fields), **settings, fields=fields)
    one, two = (read_truth(tmp_path / str(fields), 1) for fields in (1, 2))
    assert (one.video, one.exact, one.counted, one.um_per_px) == (two.video, two.exact, two.counted, two.um_per_px)
    assert [(field.first_frame, field.end_frame) for field in two.fields] == [(0, 30), (30, 60)]
    ((leaves, _),) = two.stage_moves
    short, long = (decoded(tmp_path / str(fields) / "videos" / one.video) for fields in (1, 2))
    # The shutter of the frame before is still open when the stage sets off.
    np.testing.assert_array_equal(short[: leaves - 1], long[: leaves - 1])
    assert boxes(tmp_path / "1", 1)[:leaves] == boxes(tmp_path / "2", 1)[:leaves]
    early, late, after = (long[k].astype(float) for k in (0, leaves - 2, 59))
    assert np.abs(after - late).mean() > 1.3 * np.abs(late - early).mean()  # other cells, other specks
    assert np.median(after) == pytest.approx(np.median(early), abs=2)  # the same lamp


def test_another_width_of_a_pixel_changes_neither_participants_nor_light(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path, **{**SMALL, "participants": 1}, um_per_px=1.0)
    one, other = (read_truth(folder, 1) for folder in (made[0], tmp_path))
    assert (other.exact, other.concentration, other.um_per_px) == (one.exact, one.concentration, 1.0)
    visem, coarse = (
        draw_video_optics(np.random.default_rng(0), VideoSettings(), um_per_px=um_per_px) for um_per_px in (None, 1.0)
    )
    assert replace(visem, um_per_px=1.0) == coarse


def test_heads_are_dark_in_bright_field(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path, **{**SMALL, "participants": 1}, illumination="bright field")
    pictures = decoded(tmp_path / "videos" / read_truth(tmp_path, 1).video).astype(float)
    median = np.median(pictures)
    assert median - np.percentile(pictures, 0.1) > 2 * (np.percentile(pictures, 99.9) - median)
    phase_contrast = decoded(made[0] / "videos" / read_truth(made[0], 1).video)
    assert median > 1.3 * np.median(phase_contrast)  # without a phase ring that dims the light


def test_a_folder_of_another_microscope_is_refused(made: Made, tmp_path: Path) -> None:
    settings = {**SMALL, "participants": 1}
    simulate_dataset(tmp_path, **settings, um_per_px=1.0)
    with pytest.raises(ConfigError, match="another um_per_px"):
        simulate_dataset(tmp_path, **settings)


def test_what_the_table_holds_changes_no_video(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **SMALL, table_of="seen")
    one, other = every_file(tmp_path / "set"), every_file(made[0])
    assert {name for name in one if one[name] != other[name]} == {"semen_analysis_data.csv", "truth/simulation.json"}
    for row in read_participants(tmp_path / "set").rows.values():
        assert row.motility == read_truth(tmp_path / "set", int(row.participant)).seen.motility_pct


def test_more_cells_counted_come_nearer_to_the_truth(tmp_path: Path) -> None:
    """A million cells: a standard error of at most 0.05 points."""
    simulate_dataset(tmp_path, **{**SMALL, "participants": 1}, table_of="counted", counted_cells=1_000_000)
    truth = read_truth(tmp_path, 1)
    np.testing.assert_allclose(truth.counted.motility_pct, truth.exact.motility_pct, atol=0.25)
    np.testing.assert_allclose(truth.counted.morphology_pct, truth.exact.morphology_pct, atol=0.25)


def test_a_finished_folder_is_left_as_it_is(made: Made) -> None:
    out, _ = made
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = simulate_dataset(out, **SMALL)
    assert (again.n_made, again.n_found) == (0, 2)
    assert "finished already, left as it is" in again.summary(out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_an_interrupted_one_goes_on_and_ends_the_same(made: Made, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        simulate_dataset(tmp_path / "set", **SMALL, progress=Notes(stop_after=1))
    went_on = simulate_dataset(tmp_path / "set", **SMALL)
    assert (went_on.n_made, went_on.n_found) == (1, 1)
    assert "1 were there already" in went_on.summary(tmp_path / "set")
    assert every_file(tmp_path / "set") == every_file(made[0])


def test_a_video_without_its_truth_is_drawn_again(made: Made, tmp_path: Path) -> None:
    """As an interruption between the two leaves it."""
    out = Path(shutil.copytree(made[0], tmp_path / "set"))
    (out / "truth" / "2.json").unlink()
    (out / "videos" / read_truth(made[0], 2).video).write_bytes(b"half a video")
    assert simulate_dataset(out, **SMALL).n_made == 1
    assert every_file(out) == every_file(made[0])


def test_other_settings_are_refused(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"another seed \(5 there, 6 now\); choose another folder"):
        simulate_dataset(made[0], **{**SMALL, "seed": 6})


def test_all_wrong_arguments_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"width_px is 127: .*; codec is 'gif': .*mjpeg.*; participants is 0: "):
        simulate_dataset(tmp_path / "set", participants=0, seconds=1, size=(96, 127), codec="gif")
    assert not (tmp_path / "set").exists()


def test_sizes_are_read_as_people_write_them() -> None:
    assert parse_size("320x240") == (240, 320)
    for text in ("320", "320x", "x240", "3.5x4", "-2x4"):
        with pytest.raises(InputError, match=f"size is '{text}'; allowed: WIDTHxHEIGHT in pixels, such as 320x240"):
            parse_size(text)


def test_the_visem_reader_reads_it_without_a_word(made: Made) -> None:
    out, _ = made
    table = read_participants(out)
    for participant in ("1", "2"):
        truth = read_truth(out, int(participant))
        row = table.rows[participant]
        assert (row.motility, row.morphology) == (truth.exact.motility_pct, truth.exact.morphology_pct)
        assert row.concentration == truth.concentration
    videos = {path.stem for path in (out / "videos").iterdir()}
    assert {video for own in assign_videos(table, videos).videos.values() for video in own} == videos


@pytest.mark.parametrize("participant", [1, 2])
def test_stage_moves_are_found_where_the_truth_has_them(filmed: Path, participant: int) -> None:
    """To a frame: a last step of a tenth of a pixel may escape the detector."""
    truth = read_truth(filmed, participant)
    found = inspect_video(filmed / "videos" / truth.video)
    assert found.problems == () and found.frames_decoded == 120
    assert len(found.stage_moves) == len(truth.stage_moves) == 1
    np.testing.assert_allclose(found.stage_moves, truth.stage_moves, atol=1)
    first, stop = truth.stage_moves[0]
    assert first < 60 <= stop - 1


def test_a_video_of_one_field_has_no_stage_move(tmp_path: Path) -> None:
    simulate_dataset(tmp_path, participants=1, seconds=1.0, size=(240, 320), seed=4)
    truth = read_truth(tmp_path, 1)
    assert truth.stage_moves == ()
    assert inspect_video(tmp_path / "videos" / truth.video).stage_moves == ()


@pytest.mark.parametrize(("size", "fps_hz"), [((32, 64), 50.0), ((48, 32), 10.0), ((64, 640), 120.0), ((96, 128), 0.4)])
def test_odd_sizes_and_rates(tmp_path: Path, size: tuple[int, int], fps_hz: float) -> None:
    seconds = 4 / fps_hz
    simulate_dataset(tmp_path, participants=1, seconds=seconds, size=size, fps_hz=fps_hz, fields=2, codec="ffv1")
    truth = read_truth(tmp_path, 1)
    assert truth.fps_hz == fps_hz
    assert decoded(tmp_path / "videos" / truth.video).shape == (8, *size)


def test_difficulties_differ_in_what_they_say(tmp_path: Path) -> None:
    """Noise and blur as measured in the truth and in the pixels: the same people on easier and harder video."""
    depth, grain = [], []
    for difficulty in ("easy", "visem", "hard"):
        out = tmp_path / difficulty
        simulate_dataset(out, **{**SMALL, "participants": 1, "seed": 2}, codec="ffv1", difficulty=difficulty)
        truth = read_truth(out, 1)
        assert truth.difficulty == difficulty
        depth.append(np.median([abs(cell.depth_um) for cell in read_cells(out, 1)]))
        pictures = decoded(out / "videos" / truth.video).astype(float)
        grain.append(np.median(pictures.std(axis=0)))
    assert depth[0] < depth[1] < depth[2]
    assert grain[0] < grain[1] < grain[2]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", str(tmp_path / "set"), "--participants", "1", "--seconds", "0.1", "--size", "128x96"]
    assert main(arguments) == 0
    assert "1 participants, 0.1 s each, 128x96" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "finished already, left as it is" in capsys.readouterr().out
    assert main([*arguments, "--seed", "1"]) == 1
    assert capsys.readouterr().err.startswith("motilens: error: ")
