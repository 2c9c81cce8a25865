"""Participants as VISEM's 85 are; no cell is drawn here."""

import numpy as np

from motilens.simulate.difficulty import DIFFICULTIES
from motilens.simulate.participants import CELLS_PER_FIELD, SimulatedParticipant, draw_participant

VISEM = DIFFICULTIES["visem"]


def many(n: int, difficulty: str = "visem") -> list[SimulatedParticipant]:
    return [draw_participant(np.random.default_rng(seed), DIFFICULTIES[difficulty]) for seed in range(n)]  # type: ignore[index]


def test_participants_are_like_visems() -> None:
    """Means and sds of VISEM's 85 rows; tolerances are three standard errors of 85 rows, or the fit's own error."""
    draws = many(1500)
    motility = np.array([draw.motility_pct for draw in draws])
    morphology = np.array([draw.morphology_pct for draw in draws])
    np.testing.assert_allclose(motility.sum(axis=1), 100)
    assert motility.min() >= 0 and morphology.min() >= 0 and morphology.max() <= 100
    np.testing.assert_allclose(motility.mean(axis=0), [42.7, 27.7, 29.6], atol=3)
    np.testing.assert_allclose(motility.std(axis=0), [20.2, 9.5, 17.9], atol=2.5)
    np.testing.assert_allclose(morphology.mean(axis=0), [95.7, 23.8, 15.1], atol=1)
    np.testing.assert_allclose(morphology.std(axis=0), [2.9, 10.0, 9.3], atol=1)
    cells = np.array([draw.cells_per_field for draw in draws])
    assert CELLS_PER_FIELD[0] <= cells.min() and cells.max() <= CELLS_PER_FIELD[1]
    # More cells go with more swimming ones, as in the laboratory: what the count-only baseline lives on.
    assert 0.2 < np.corrcoef(np.log(cells), motility[:, 0])[0, 1] < 0.6


def test_concentration_is_visems() -> None:
    """Fit: ln concentration is normal, mean 4.012 and variance 1.024; 5 standard errors of 1500 draws."""
    logs = np.log([draw.concentration for draw in many(1500)])
    assert abs(logs.mean() - 4.012) < 5 * np.sqrt(1.024 / 1500)
    assert abs(logs.var() - 1.024) < 5 * 1.024 * np.sqrt(2 / 1500)


def test_names_are_visems() -> None:
    draws = many(60)
    names = [draw.video_name(7, ".avi") for draw in draws]
    assert all(name.startswith("7_") and name.endswith(".avi") for name in names)
    assert any("_lots of debris_" in name for name in names)


def test_the_name_says_what_is_in_the_video() -> None:
    for draw in many(300):
        assert draw.debris == (3.0 if draw.remark == "lots of debris" else 1.0)
        if draw.remark == "drift":
            assert draw.flow_um_s > 5  # so strong that cells go with it
        elif draw.remark != "minor drift":
            assert draw.flow_um_s <= 2  # so weak that nobody would remark it: VISEM has 0-1.1 um/s


def test_easy_is_easier_and_hard_is_harder() -> None:
    easy, visem, hard = (many(300, name) for name in ("easy", "visem", "hard"))
    assert {draw.remark for draw in easy} == {""}
    assert all(draw.clustered == 0 for draw in easy)
    assert np.mean([draw.clustered > 0 for draw in hard]) > np.mean([draw.clustered > 0 for draw in visem]) > 0
    flows = [np.median([draw.flow_um_s for draw in draws]) for draws in (easy, visem, hard)]
    assert flows[0] < flows[1] < flows[2]
    for a, b in zip(easy, hard, strict=True):  # the same people, whatever they are filmed with
        assert (a.motility_pct, a.morphology_pct, a.date) == (b.motility_pct, b.morphology_pct, b.date)


def test_the_same_generator_gives_the_same_participant_and_another_gives_another() -> None:
    one, again, other = (draw_participant(np.random.default_rng(seed), VISEM) for seed in (3, 3, 4))
    assert one == again and one != other
