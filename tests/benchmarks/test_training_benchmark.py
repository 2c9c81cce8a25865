"""The training benchmark on a tiny case: its figures are all there, and the reference does the same sums as ours."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from motilens.config import PRESETS
from motilens.recordings import recording

SIZE, N, BACKBONE = 16, 8, "resnet10t"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, Any]]:
    """The modules of the benchmark by name; the folder is no package."""
    folder = str(Path(__file__).resolve().parents[2] / "benchmarks")
    names = ("training", "training_steps", "loader_waits", "released", "summary")
    keep_bytes = recording.KEEP_BYTES
    sys.path.insert(0, folder)
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(folder)
        recording.KEEP_BYTES = keep_bytes
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def steps(modules: dict[str, Any]) -> Any:
    return modules["training_steps"]


@pytest.fixture(scope="module")
def result(modules: dict[str, Any]) -> dict[str, Any]:
    return modules["training"].measure(
        size_px=SIZE, n_stacks=N, repeats=2, loader_steps=2, backbones=[BACKBONE], seed=0
    )


def test_the_reference_computes_what_our_autoencoder_computes(steps: Any) -> None:
    ours = steps.new_autoencoder(0)
    theirs = steps.released_twin(ours)
    ours.to(memory_format=torch.channels_last)
    x = torch.from_numpy(steps.draw_stacks(2, SIZE, 1).astype(np.float32) / 255)
    reconstruction, images = theirs(x)
    torch.testing.assert_close(images, ours.encode(x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(F.mse_loss(reconstruction, x), F.mse_loss(ours(x), ours.target(x)), rtol=1e-5, atol=0)


def test_losses_of_step_1_agree_step_by_step(result: dict[str, Any]) -> None:
    losses = result["autoencoder"]["epochs"]["loss"]  # one batch an epoch, so that its order does not matter
    assert len(losses["ours"]) == 3
    np.testing.assert_allclose(losses["released"], losses["ours"], rtol=1e-5)
    assert losses["ours"][2] < losses["ours"][0]


def test_losses_of_step_2_agree_up_to_the_half_precision_of_the_cache(result: dict[str, Any]) -> None:
    losses = result["regressor"][BACKBONE]["epochs"]["loss"]
    np.testing.assert_allclose(losses["released"][0], losses["ours"][0], rtol=1e-3)
    np.testing.assert_allclose(losses["cached_contiguous"][0], losses["ours"][0], rtol=1e-5)


def test_the_reference_leaves_the_encoder_as_it_is_and_computes_its_gradients(steps: Any) -> None:
    twin = steps.released_twin(steps.new_autoencoder(0))
    before = [parameter.clone() for parameter in twin.parameters()]
    step_2 = steps.released.RegressorTraining(twin, BACKBONE)
    stacks, labels_pct = steps.draw_stacks(N, SIZE, 0), steps.draw_labels(N, 0)
    step_2.epoch(steps.released.batches(stacks, labels_pct, 0))
    assert all(torch.equal(a, b) for a, b in zip(before, twin.parameters(), strict=True))
    assert all(parameter.grad is not None for parameter in twin.encoder.parameters())


def test_ratios_are_medians_over_pairs_of_turns(steps: Any) -> None:
    turns = {"seconds": {"ours": [1.0, 2.0, 4.0], "released": [2.0, 6.0, 16.0]}}
    assert steps.ratio(turns, "released") == 3.0
    assert steps.ratio(turns, "released", extra_s=1.0) == 2.0
    assert steps.medians(turns, 2) == {"ours_s": 1.0, "released_s": 3.0}


def test_all_figures_are_there(result: dict[str, Any]) -> None:
    assert result["autoencoder_step_vs_released"] == result["autoencoder"]["released_over_ours"] > 0
    assert result["regressor_epoch_vs_released"] == result["regressor"][BACKBONE]["released_over_ours"] > 0
    assert result["regressor_backbone"] == f"{BACKBONE}, random weights"
    assert set(result["regressor"][BACKBONE]["released_over_ours_with_caching"]) == set(PRESETS)
    assert set(result["loader"]) == {"cpu_in_memory", "cpu_from_store", "paper_from_store"}
    shares = result["loader_shares_that_presets_have"]
    assert set(shares) == {"cpu_in_memory", "paper_from_store", f"regressor, {BACKBONE}"}
    assert result["loader_stall_share"] == max(shares.values()) == shares[result["loader_stall_share_of"]]
    assert 0 < result["loader_stall_share"] < 1


def test_the_summary_has_each_ratio_and_the_command_that_made_it(modules: dict[str, Any], tmp_path: Path) -> None:
    summary: ModuleType = modules["summary"]
    machine = {"processors": 2, "kind": "x"}
    parts = {
        "extraction.json": {"extract_over_decode": 1.1, "extract_vs_seek": 7.0, "command": "e", "codecs": {}},
        "training.json": {
            "autoencoder_step_vs_released": 2.0,
            "regressor_epoch_vs_released": 1.5,
            "loader_stall_share": 0.01,
            "command": "t",
        },
    }
    for name, content in parts.items():
        (tmp_path / name).write_text(json.dumps({**content, "machine": machine}))
        summary.merge([tmp_path / name], tmp_path / summary.SUMMARY)  # one after the other: the first one's stay
    found = json.loads((tmp_path / "training_speed.json").read_text())
    assert list(found) == [*summary.KEYS, "made_by"]
    assert {key: found[key] for key in ("extract_vs_seek", "loader_stall_share")} == {
        "extract_vs_seek": 7.0,
        "loader_stall_share": 0.01,
    }
    assert {key: made["command"] for key, made in found["made_by"].items()} == {
        key: "e" if key.startswith("extract") else "t" for key in summary.KEYS
    }


def test_the_summary_refuses_a_file_of_another_kind(modules: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"other.json has none of extract_over_decode, .*; name the --out file of"):
        modules["summary"].merge([tmp_path / "other.json"], tmp_path / "training_speed.json")
