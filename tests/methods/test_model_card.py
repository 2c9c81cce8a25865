"""The card says what ``model.json`` says."""

from motilens.methods.model_card import card_text

SCORES = {
    "correlation": None,
    "ratio": 1.0234,
    "share_error_pct": [5.04, 6.0, 7.0],
    "constant_error_pct": [20.0, 10.0, 30.0],
    "share_correlation": [0.9, None, 0.8],
    "auc_by_cell": [0.71, None, 0.5],
}


def counter(target: str, input_type: str, um_per_px: float) -> dict[str, object]:
    return {
        "target": target,
        "input_type": input_type,
        "um_per_px": um_per_px,
        "n_parameters": 12345,
        "n_stacks": 1520,
        "training": {"steps": 4000},
        "digest": f"digest of {input_type}",
        "scores": SCORES,
    }


def test_the_card_has_every_network_its_scores_and_the_command_that_made_it() -> None:
    counters = [counter("motility", "I4", 1.0), counter("morphology", "I1", 0.5)]
    facts = {"seed": 7, "videos": 1600, "simulator_version": 2, "motilens_version": "9.9"}
    lines = card_text({**facts, "counters": counters}).splitlines()
    assert "motilens train-counters --out counters --seed 7 --videos 1600" in lines
    assert "Seed 7, 1600 videos, simulator version 2, motilens 9.9. Networks of this kind are trained by" in lines
    assert "| motility | I4 | 1 | 12,345 | 1,520 | 4,000 | `digest of I4` |" in lines
    assert "| morphology | I1 | 0.5 | 12,345 | 1,520 | 4,000 | `digest of I1` |" in lines
    # A score that is not defined is a dash; the error of the mean share is in brackets.
    assert "| I4 | 1.023 | - | 5.0 (20.0), 0.710 | 6.0 (10.0), - | 7.0 (30.0), 0.500 |" in lines
    (head,) = [line for line in lines if line.startswith("| motility | counted / true cells")]
    assert head.endswith("| progressive | non-progressive | immotile |")
