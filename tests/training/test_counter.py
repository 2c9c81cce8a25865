"""Training a counter on drawn dots, whose number is known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from motilens.config import CounterConfig, CounterTrainingConfig
from motilens.networks.counter import Counter
from motilens.simulate.labelled_stacks import LabelledStacks
from motilens.training import counter as counter_module
from motilens.training.counter import FittedCounter, class_loss, defect_loss, fit_counter, place_loss
from motilens.training.counter_scores import score_counter
from tests.training.conftest import CPU
from tests.training.dots import dots

CONFIG = CounterConfig(input_type="I1", encoder_width=4, widths=(4, 4, 4, 4, 4))
BRIEF = CounterTrainingConfig(steps=6, batch_size=4, crop_px=32, learning_rate=1e-2)


def fit(
    stacks: LabelledStacks,
    folder: Path,
    training: CounterTrainingConfig = BRIEF,
    *,
    config: CounterConfig = CONFIG,
    rows: np.ndarray | None = None,
    seed: int = 0,
) -> FittedCounter:
    rows = np.arange(len(stacks)) if rows is None else rows
    return fit_counter(stacks, "morphology", config, training, rows=rows, seed=seed, folder=folder, runtime=CPU)


def are_equal(a: FittedCounter, b: FittedCounter) -> bool:
    others = b.counter.state_dict()
    return all(torch.equal(tensor, others[name]) for name, tensor in a.counter.state_dict().items())


# --- the loss


def maps_of(classes: Sequence[float], defects: Sequence[float] = (0, 0, 0)) -> torch.Tensor:
    """Four stacks of 2 x 2 pixels that are all alike."""
    return torch.tensor([*classes, *defects], dtype=torch.float64)[None, :, None, None].expand(4, 6, 2, 2)


@pytest.mark.parametrize("cells", [[0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2], [0, 3, 1, 0.5]])
@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_the_loss_on_places_is_least_at_the_mean_number_of_cells(cells: list[float], factor: float) -> None:
    """Not at their median or mode: so sums over an area are right on average, however rare cells are."""
    there = torch.tensor(cells, dtype=torch.float64).reshape(4, 1, 1, 1).expand(4, 6, 2, 2)
    mean = there.mean()

    def loss(density: torch.Tensor) -> float:
        return float(place_loss(density.expand(4, 6, 2, 2), there))

    assert loss(mean) < loss(mean * factor)


def test_the_loss_on_places_does_not_ask_what_the_cells_are() -> None:
    there = maps_of((1, 0, 0))
    assert float(place_loss(maps_of((0.5, 0.25, 0.25)), there)) == pytest.approx(1)
    assert float(place_loss(maps_of((0, 2, 0)), there)) == pytest.approx(2 - np.log(2))


def test_the_loss_on_classes_is_least_at_their_shares_however_many_cells_were_found() -> None:
    there = maps_of((0.5, 0.3, 0.2))
    entropy = -(0.5 * np.log(0.5) + 0.3 * np.log(0.3) + 0.2 * np.log(0.2))
    for factor in (1, 3):
        assert float(class_loss(factor * there, there)) == pytest.approx(entropy, abs=1e-5)
    for others in ((0.6, 0.2, 0.2), (0.4, 0.3, 0.3)):
        assert float(class_loss(maps_of(others), there)) > entropy + 0.01


def test_the_loss_on_defects_is_least_at_their_shares() -> None:
    there = maps_of((2, 0, 0), (0.5, 1.0, 2.0))  # a quarter, a half and all of the cells
    least = 2 * (np.log(2) - (0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
    assert float(defect_loss(there, there)) == pytest.approx(least, abs=1e-4)
    for others in ((0.6, 1.0, 2.0), (0.5, 0.8, 2.0), (0.5, 1.0, 1.9)):
        assert float(defect_loss(maps_of((2, 0, 0), others), there)) > least + 0.005


def test_crops_around_a_cell_do_not_teach_where_cells_are() -> None:
    maps, cells = maps_of((1, 0, 0)).clone(), maps_of((1, 0, 0)).clone()
    cells[2:] = 5
    counts = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert float(place_loss(maps, cells, counts)) == pytest.approx(float(place_loss(maps[:2], cells[:2])))
    assert float(place_loss(maps, cells, torch.zeros(4))) == 0


def test_where_no_cell_is_nothing_is_asked_of_classes_and_defects() -> None:
    none = maps_of((0, 0, 0))
    assert float(class_loss(maps_of((1, 2, 3)), none)) == float(defect_loss(maps_of((1, 0, 0), (1, 0, 0)), none)) == 0


# --- training


def test_dots_that_were_not_trained_on_are_counted_without_bias(tmp_path: Path) -> None:
    seen, others = dots(tmp_path / "seen", 60, seed=1), dots(tmp_path / "others", 40, seed=2)
    training = CounterTrainingConfig(steps=100, batch_size=8, crop_px=40, learning_rate=2e-2, kinds_weight=1)
    config = CONFIG.model_copy(update={"encoder_width": 8, "widths": (8, 8, 8, 8, 8)})
    torch.manual_seed(0)
    start = score_counter(Counter(config), others, "morphology", range(40))
    fitted = fit(seen, tmp_path / "work", training, config=config)
    end = score_counter(fitted.counter, others, "morphology", range(40))
    assert start.correlation is None or abs(start.correlation) < 0.7
    assert end.correlation is not None and end.correlation > 0.8
    assert end.ratio == pytest.approx(1, abs=0.1)
    assert not fitted.counter.training
    assert fitted.curve.name == "counter" and len(fitted.curve.epochs) == 1


@pytest.mark.parametrize(("steps", "epochs", "each"), [(1, 1, 1), (6, 2, 3), (9, 3, 3), (4, 1, 4)])
def test_as_many_steps_as_asked_for(
    steps: int, epochs: int, each: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_module, "MOST_STEPS_PER_EPOCH", 4)
    calls = []
    loss = counter_module._loss_on_cells
    monkeypatch.setattr(counter_module, "_loss_on_cells", lambda *given: calls.append(1) or loss(*given))
    fitted = fit(dots(tmp_path / "dots", 6), tmp_path / "work", BRIEF.model_copy(update={"steps": steps}))
    assert (len(fitted.curve.epochs), len(calls)) == (epochs, epochs * each)


def test_an_interrupted_training_is_continued_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_module, "MOST_STEPS_PER_EPOCH", 2)
    monkeypatch.setattr("motilens.training.loop.CHECKPOINT_EVERY_S", -1.0)
    stacks = dots(tmp_path / "dots", 8)
    once = fit(stacks, tmp_path / "once")
    loss, calls = counter_module._loss_on_cells, []

    def stops(*given: Any) -> torch.Tensor:  # noqa: ANN401 - what the loss takes
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return loss(*given)

    with monkeypatch.context() as stopped:
        stopped.setattr(counter_module, "_loss_on_cells", stops)
        with pytest.raises(KeyboardInterrupt):
            fit(stacks, tmp_path / "twice")
        calls.clear()
    monkeypatch.setattr(counter_module, "_loss_on_cells", lambda *given: calls.append(1) or loss(*given))
    twice = fit(stacks, tmp_path / "twice")
    assert len(calls) == 4  # the second and the third epoch of two steps
    assert are_equal(once, twice) and len(twice.curve.epochs) == 3


def test_other_stacks_another_seed_or_other_rows_are_trained_anew(tmp_path: Path) -> None:
    stacks = dots(tmp_path / "dots", 8)
    first = fit(stacks, tmp_path / "work")
    assert are_equal(fit(stacks, tmp_path / "work"), first)
    assert not are_equal(fit(stacks, tmp_path / "work", seed=1), first)
    assert not are_equal(fit(stacks, tmp_path / "work", rows=np.arange(4)), first)


def test_only_the_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[int] = set()
    pixels = LabelledStacks.pixels
    monkeypatch.setattr(LabelledStacks, "pixels", lambda self, row: (read.add(row), pixels(self, row))[1])
    fit(dots(tmp_path / "dots", 8), tmp_path / "work", rows=np.array([2, 3, 5]))
    assert read == {2, 3, 5}
