"""Rows and tables of the benchmark of transfer, with figures that can be worked out on paper."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.foreign_clip import DrawnCells
from benchmarks.transfer_rows import ClipRow, Entry, Predictions, clip_row, markdown, predict_all, row_of

from motilens.config import preset
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.predictor import Predictor
from motilens.progress import Silent
from tests.networks.counters import constant_counter
from tests.predictors.made import constant, counting, line, origin, track_physics
from tests.recordings.fakes import FakeRecording
from tests.recordings.films import UM_PER_PX, write_film

EXACT = {"1": (50.0, 20.0, 30.0), "2": (60.0, 20.0, 20.0), "3": (10.0, 10.0, 80.0)}
SEEN = {"1": (53.0, 20.0, 27.0), "2": (60.0, 20.0, 20.0), "3": (10.0, 10.0, 80.0)}


def entry(predictor: Predictor, name: str = "m") -> Entry:
    return Entry(name, LoadedModel(predictor, "0123"))


def found(**changes: object) -> Predictions:
    content = {"predicted_pct": {"1": (53.0, 20.0, 27.0), "2": (60.0, 8.0, 32.0)}, "refused": {"3": "too slow"}}
    return Predictions(**{**content, "cpu_s": 1.5, **changes})


# --- rows


def test_errors_are_means_over_classes_and_the_participants_predicted() -> None:
    row = row_of("home", "m", found(), exact=EXACT, seen=SEEN)
    assert (row.participants, row.predicted, row.refused) == (3, 2, {"3": "too slow"})
    assert (row.progressive_error_pct, row.non_progressive_error_pct, row.immotile_error_pct) == (1.5, 6.0, 7.5)
    assert row.mae_pct == 5.0  # participants: 2 and 8
    assert (row.mae_low_pct, row.mae_high_pct) == (2.0, 8.0)  # of two, the bootstrap draws either one twice
    assert row.mae_seen_pct == 4.0  # participants: 0 and 8


def test_a_model_that_refuses_everybody_has_no_error() -> None:
    row = row_of("home", "m", found(predicted_pct={}, refused=dict.fromkeys("123", "why")), exact=EXACT, seen=SEEN)
    assert (row.predicted, row.mae_pct, row.mae_low_pct, row.immotile_error_pct) == (0, None, None, None)
    assert list(row.refused) == ["1", "2", "3"]


# --- predictions


def test_what_a_model_refuses_is_listed_with_its_reason() -> None:
    empty = np.zeros((2, 6))
    some = np.tile([2.0, 1.0, 1.0, 0, 0, 0], (2, 1))
    recordings = {"1": [FakeRecording("1_a", counts=some)], "2": [FakeRecording("2_a", counts=empty)]}
    made = predict_all(recordings, entry(counting(regression=False, mean=False)), Silent())
    assert made.predicted_pct == {"1": (50.0, 25.0, 25.0)}
    assert list(made.refused) == ["2"] and "no cells were found in 2_a.avi" in made.refused["2"]


def test_what_a_model_needs_and_does_not_get_is_a_reason() -> None:
    made = predict_all({"1": [FakeRecording()]}, entry(line("log concentration")), Silent())
    assert made.predicted_pct == {}
    assert "needs the laboratory's concentration of 1_a.avi, which is not known" in made.refused["1"]


# --- a clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 x 240 pixels of 0.5 um: at 1 um, maps of 20 x 30 pixels."""
    return write_film(tmp_path_factory.mktemp("film") / "clip.avi")


@pytest.fixture(scope="module")
def counts_600() -> CountingPredictor:
    """Counts 60 progressive cells, 120 non-progressive and 180 immotile ones in every stack."""
    about = origin().model_copy(update={"settings": preset("cpu", "I4")})
    return CountingPredictor(about, constant_counter((0.1, 0.2, 0.3, 0, 0, 0), "I4"), None, None)


def drawn(n_frames: int = 500) -> DrawnCells:
    """Every frame: two progressive cells, one non-progressive and one immotile one, and another out of view."""
    kind = np.array([0, 0, 1, 2, 2])
    places = np.array([(1.0, 1.0), (2.0, 2.0), (239.0, 159.0), (5.0, 5.0), (240.0, 5.0)])
    return DrawnCells(np.repeat(np.arange(n_frames), 5), np.tile(places, (n_frames, 1)), np.tile(kind, n_frames))


def test_counts_and_shares_of_a_clip_are_compared_with_what_was_drawn(
    film: Path, counts_600: CountingPredictor
) -> None:
    row = clip_row(film, drawn(), entry(counts_600), counts_600, UM_PER_PX)
    assert (row.um_per_px, row.drawn_in_view, row.drawn_pct) == (UM_PER_PX, 4.0, (50.0, 25.0, 25.0))
    assert row.counted_in_view == pytest.approx(360, abs=0.5)
    assert row.predicted_pct == pytest.approx((16.7, 33.3, 50.0))
    assert row.mae_pct == pytest.approx((33.33 + 8.33 + 25) / 3, abs=0.01)
    assert row.refused is None


def test_a_model_that_counts_no_cells_is_compared_by_its_shares(film: Path, counts_600: CountingPredictor) -> None:
    row = clip_row(film, drawn(), entry(constant()), counts_600, UM_PER_PX)
    assert (row.counted_in_view, row.predicted_pct, row.mae_pct) == (None, (50.0, 20.0, 30.0), 3.33)


def test_a_refused_clip_is_a_row_with_the_reason(film: Path, counts_600: CountingPredictor) -> None:
    row = clip_row(film, drawn(), Entry("m", LoadedModel(track_physics(), ""), "estimated"), counts_600, None)
    assert (row.predicted_pct, row.mae_pct) == (None, None)
    assert row.refused is not None and "the width of a pixel of clip.avi is not known" in row.refused


# --- tables


def test_tables_show_every_row_and_every_refusal() -> None:
    rows = [
        row_of("home", "a", found(refused={}), exact=dict(list(EXACT.items())[:2]), seen=SEEN),
        row_of("home", "b", found(), exact=EXACT, seen=SEEN),
        row_of("hard", "a", found(predicted_pct={}, refused={"1": "dark"}), exact={"1": EXACT["1"]}, seen=SEEN),
    ]
    clip = ClipRow(
        model="a",
        pixel_width="given",
        um_per_px=1.0,
        drawn_in_view=37.6,
        counted_in_view=None,
        drawn_pct=(50.0, 25.0, 25.0),
        predicted_pct=None,
        mae_pct=None,
        refused="too slow",
    )
    assert markdown(rows, [clip]).splitlines() == [
        "| condition | a | b |",
        "|---|---:|---:|",
        "| home | 5.0 (2.0-8.0) | 5.0 (2.0-8.0, 2 of 3) |",
        "| hard | refused |  |",
        "",
        "| model | pixel, um | cells drawn | cells counted | drawn, % | predicted, % | MAE |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| a | 1.00 given | 37.6 |  | 50 / 25 / 25 | refused |  |",
        "",
        "- home, b: 1 of 3 refused; participant 3: too slow",
        "- hard, a: 1 of 1 refused; participant 1: dark",
        "- clip, a: too slow",
    ]
