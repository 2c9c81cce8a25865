import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from motilens.cli.main import main
from motilens.data.visem import assign_videos, read_participants
from motilens.errors import ConfigError, InputError
from motilens.simulate.dataset import SimulatedDataset, parse_size, read_truth, simulate_dataset
from motilens.simulate.tables import HEADER
from motilens.video.moves import MoveDetector, segments
from motilens.video.reader import VideoReader

Made = tuple[Path, SimulatedDataset]

SMALL: dict[str, Any] = {"participants": 3, "seconds": 0.12, "size": (96, 128), "seed": 5}


def every_file(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("simulated") / "set"
    return out, simulate_dataset(out, **SMALL)


def test_the_folder_is_visems(made: Made) -> None:
    out, dataset = made
    assert dataset.n_made == 3 and dataset.n_found == 0
    assert {path.name for path in out.iterdir()} == {"videos", "videos.csv", "semen_analysis_data.csv", "truth"}
    names = sorted(path.name for path in (out / "videos").iterdir())
    assert [name.split("_")[0] for name in names] == ["1", "2", "3"]
    assert all(name.endswith(".avi") for name in names)
    listed = (out / "videos.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert listed[0] == "ID;video"
    assert sorted(line.split(";")[1] for line in listed[1:]) == names


def test_the_table_reads_back_and_is_the_truth(made: Made) -> None:
    out, _ = made
    raw = (out / "semen_analysis_data.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf" + HEADER.encode())
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert [row["ID"] for row in rows] == ["1", "2", "3"]
    for row in rows:
        truth = read_truth(out, int(row["ID"]))
        columns = ["Progressive motility (%)", "Non progressive sperm motility (%)", "Immotile sperm (%)"]
        motility = [float(row[column].replace(",", ".")) for column in columns]
        assert motility == list(truth.motility_pct)
        assert sum(motility) == pytest.approx(100, abs=1e-9)
        drawn = Counter(cell.kind for cell in truth.fields[0].cells)
        n = sum(drawn.values())
        assert motility == [100 * drawn[kind] / n for kind in ("progressive", "non-progressive", "immotile")]
        assert row["Sperm vitality (%)"] == "Not reported"
        assert 0 <= float(row["Head defects (%)"].replace(",", ".")) <= 100


def test_the_video_has_the_frames_asked_for(made: Made) -> None:
    out, _ = made
    truth = read_truth(out, 2)
    with av.open(str(out / "videos" / truth.video)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
        assert container.streams.video[0].codec_context.name == "mjpeg"
    assert len(pictures) == 6 == truth.fields[-1].end_frame
    assert pictures[0].shape == (96, 128)


def test_two_workers_write_the_same_bytes_as_one(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **SMALL, workers=2)
    assert every_file(tmp_path / "set") == every_file(made[0])


def test_another_participant_changes_no_other(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **{**SMALL, "participants": 2})
    one, other = every_file(tmp_path / "set"), every_file(made[0])
    videos = [name for name in one if name.startswith("videos/")]
    assert len(videos) == 2
    assert all(one[name] == other[name] for name in videos)


def test_another_seed_is_another_set(made: Made, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **{**SMALL, "seed": 6})
    assert every_file(tmp_path / "set")["semen_analysis_data.csv"] != every_file(made[0])["semen_analysis_data.csv"]


def test_fields_have_other_places_and_the_same_percentages(tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", **{**SMALL, "participants": 1}, fields=2, codec="ffv1")
    truth = read_truth(tmp_path / "set", 1)
    assert [(field.first_frame, field.end_frame) for field in truth.fields] == [(0, 6), (6, 12)]
    kinds = [Counter(cell.kind for cell in field.cells) for field in truth.fields]
    assert kinds[0] == kinds[1]
    with av.open(str(tmp_path / "set" / "videos" / truth.video)) as container:
        pictures = np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]).astype(float)
    early, late, after = (pictures[k : k + 3].mean(axis=0) for k in (0, 3, 6))
    assert np.abs(after - late).mean() > 1.5 * np.abs(late - early).mean()  # other cells, other specks
    assert np.median(after) == pytest.approx(np.median(early), abs=1)  # the same lamp


def test_a_finished_folder_is_left_as_it_is(made: Made) -> None:
    out, _ = made
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = simulate_dataset(out, **SMALL)
    assert (again.n_made, again.n_found) == (0, 3)
    assert "finished already, left as it is" in again.summary(out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_an_interrupted_one_goes_on_and_ends_the_same(made: Made, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    class Stops:
        def advance(self, steps: int = 1, *, note: str = "") -> None:
            raise StopError

        @contextmanager
        def task(self, name: str, total: int) -> Iterator["Stops"]:
            yield self

    with pytest.raises(StopError):
        simulate_dataset(tmp_path / "set", **SMALL, progress=Stops())
    went_on = simulate_dataset(tmp_path / "set", **SMALL)
    assert (went_on.n_made, went_on.n_found) == (2, 1)
    assert every_file(tmp_path / "set") == every_file(made[0])


def test_other_settings_are_refused(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"other settings \(seed 5 there, 6 asked\).*choose another folder"):
        simulate_dataset(made[0], **{**SMALL, "seed": 6})


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("five years")
    with pytest.raises(ConfigError, match="is not empty and was not made by motilens simulate"):
        simulate_dataset(tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_all_wrong_arguments_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"participants is 0: .*; width_px is 127: .*; codec is 'gif': .*mjpeg"):
        simulate_dataset(tmp_path / "set", participants=0, seconds=1, size=(96, 127), codec="gif")
    with pytest.raises(InputError, match="workers is 0; allowed: at least 1"):
        simulate_dataset(tmp_path / "set", **SMALL, workers=0)
    assert not (tmp_path / "set").exists()


def test_a_damaged_truth_is_named(made: Made, tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "1.json").write_text(json.dumps({"participant": 1}))
    with pytest.raises(InputError, match=r"no readable truth at .*1\.json"):
        read_truth(tmp_path, 1)


def test_sizes_are_read_as_people_write_them() -> None:
    assert parse_size("320x240") == (240, 320)
    with pytest.raises(InputError, match="size is '320'; allowed: WIDTHxHEIGHT"):
        parse_size("320")


def test_the_visem_reader_reads_it_without_a_word(made: Made) -> None:
    out, _ = made
    table = read_participants(out)
    for participant in ("1", "2", "3"):
        truth = read_truth(out, int(participant))
        row = table.rows[participant]
        assert (row.motility, row.morphology) == (truth.motility_pct, truth.morphology_pct)
        assert row.concentration == truth.concentration
    videos = {path.stem for path in (out / "videos").iterdir()}
    assert set(assign_videos(table, videos).videos.values()) == videos


def test_stage_moves_are_found_where_the_truth_has_them(tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "set", participants=2, seconds=0.6, size=(240, 320), fields=2, seed=3)
    for participant in (1, 2):
        truth = read_truth(tmp_path / "set", participant)
        detector = MoveDetector()
        with VideoReader(tmp_path / "set" / "videos" / truth.video) as reader:
            moved = [k for k, frame in enumerate(reader) if detector.feed(frame.thumbnail())]
        assert segments(moved) == ((30, 31),)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", str(tmp_path / "set"), "--participants", "1", "--seconds", "0.1", "--size", "128x96"]
    assert main(arguments) == 0
    assert "1 participants, 0.1 s each, 128x96" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "finished already, left as it is" in capsys.readouterr().out
    assert main([*arguments, "--seed", "1"]) == 1
    assert capsys.readouterr().err.startswith("motilens: error: ")


def test_workers_that_end_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motilens.simulate.dataset.simulate_participant", _ends)
    with pytest.raises(InputError, match="a worker process could not start or was ended from outside"):
        simulate_dataset(tmp_path / "set", **SMALL, workers=2)


def _ends(*_: object) -> None:
    os._exit(9)
