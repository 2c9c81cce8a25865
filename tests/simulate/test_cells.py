"""Cells: their shares are the participant's, and each is drawn by itself."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from motilens.simulate.cells import Cell, clustered, draw_cell, joined_cells
from motilens.simulate.morphology import BEATING_TAILS, SWIMMING_TAILS
from motilens.simulate.motion.gaits import KINDS

N = 4000
MOTILITY = (45.0, 30.0, 25.0)
DEFECTS = (95.0, 25.0, 15.0)


def many(n: int, motility: tuple[float, float, float] = MOTILITY, *, defocus: float = 1.0) -> list[Cell]:
    return [draw_cell(np.random.default_rng([9, k]), motility, DEFECTS, defocus=defocus) for k in range(n)]


@pytest.fixture(scope="module")
def crowd() -> list[Cell]:
    return many(N)


def five_errors(share: float, n: int = N) -> float:
    """Five standard errors of a share of n cells (binomial)."""
    return 5 * np.sqrt(share * (1 - share) / n)


def test_shares_of_the_classes_are_the_participants(crowd: list[Cell]) -> None:
    counts = Counter(cell.kind for cell in crowd)
    for kind, percent in enumerate(MOTILITY):
        share = percent / 100
        assert counts[kind] / N == pytest.approx(share, abs=five_errors(share))
    assert len(KINDS) == 3


def test_shares_of_defects_are_the_participants_in_every_class(crowd: list[Cell]) -> None:
    """Drawn independently of the class, so each class has them too."""
    for group in (crowd, *([cell for cell in crowd if cell.kind == kind] for kind in range(3))):
        shares = np.mean([cell.form.defects for cell in group], axis=0)
        for share, percent in zip(shares, DEFECTS, strict=True):
            assert share == pytest.approx(percent / 100, abs=five_errors(percent / 100, len(group)))


@pytest.mark.parametrize("kind", range(3))
def test_certainty_is_kept(kind: int) -> None:
    """100 % of one class is nothing but that class."""
    motility = tuple(100.0 if k == kind else 0.0 for k in range(3))
    assert {cell.kind for cell in many(50, motility)} == {kind}  # type: ignore[arg-type]


def test_no_class_has_a_tail_that_it_could_not_move_with(crowd: list[Cell]) -> None:
    for cell in crowd:
        allowed = (SWIMMING_TAILS, BEATING_TAILS, ("coiled", "short", "bent", "double"))[cell.kind]
        assert cell.form.tail in ("normal", *allowed)


def test_places_and_headings_prefer_nothing(crowd: list[Cell]) -> None:
    """Uniform in 0-1: mean 1/2, sd 1/sqrt(12); headings round the circle: mean unit vector within 5 / sqrt(2 n)."""
    places = np.array([cell.place for cell in crowd])
    assert places.min() >= 0 and places.max() < 1
    np.testing.assert_allclose(places.mean(axis=0), 0.5, atol=5 / np.sqrt(12 * N))
    for angles in ([cell.heading_rad for cell in crowd], [cell.phase_rad for cell in crowd]):
        mean = np.exp(1j * np.array(angles)).mean()
        assert abs(mean) < 5 / np.sqrt(N)


def test_most_cells_are_in_focus_some_far_out(crowd: list[Cell]) -> None:
    depths = np.abs([cell.depth_um for cell in crowd])
    assert np.median(depths) < 2  # of a chamber of 20.7 um
    assert 0.01 < (depths > 4).mean() < 0.25
    assert all(cell.depth_um == 0 for cell in many(50, defocus=0.0))


def test_a_cell_depends_on_its_own_stream_alone() -> None:
    assert many(3) == many(3)
    assert many(5)[:3] == many(3)


def test_defocus_changes_the_depth_and_nothing_else_that_moves() -> None:
    for sharp, blurred in zip(many(30, defocus=0.0), many(30, defocus=2.0), strict=True):
        assert (sharp.kind, sharp.movement, sharp.form, sharp.place) == (
            blurred.kind, blurred.movement, blurred.form, blurred.place,
        )  # fmt: skip


def test_arrays_say_what_the_cells_say(crowd: list[Cell]) -> None:
    cells = crowd[:60]
    field = joined_cells(cells, width_um=300.0, height_um=200.0)
    assert len(field) == 60 and field.cells == tuple(cells)
    for k, cell in enumerate(cells):
        assert (field.x_um[k], field.y_um[k]) == (300 * cell.place[0], 200 * cell.place[1])
        assert field.speed_um_s[k] == cell.movement.speed_um_s
        assert field.beat_hz[k] == cell.movement.beat_hz
        assert field.stuck[k] == cell.movement.stuck
        n_tails = 2 if cell.form.tail == "double" else 1
        tails = np.flatnonzero(field.tail_of == k)
        assert len(tails) == n_tails
        assert (field.tail_um[tails] == cell.form.tail_um).all()


def test_clusters() -> None:
    """Of 300 cells that stand, half stick together, 3 to 8 in each, heads near one another; swimmers never do."""
    cells = many(400)
    stands = sum(cell.kind > 0 for cell in cells)
    together = clustered(cells, np.random.default_rng(0), 0.5, width_um=300.0, height_um=200.0)
    members = [cell for cell in together if cell.clustered]
    # Up to two may be left over: too few for a cluster.
    assert len(members) / stands == pytest.approx(0.5, abs=five_errors(0.5, stands) + 2 / stands)
    assert all(cell.kind > 0 and cell.movement.stuck and cell.movement.speed_um_s == 0 for cell in members)
    places = np.array([cell.place for cell in members]) * [300, 200]
    for place in places:
        away = np.hypot(*(places - place).T)
        assert (away < 30).sum() >= 3  # itself and two more
    for before, after in zip(cells, together, strict=True):
        assert after == before if not after.clustered else (after.form, after.kind) == (before.form, before.kind)


def test_nobody_sticks_together_where_no_share_does() -> None:
    cells = many(100)
    assert clustered(cells, np.random.default_rng(0), 0.0, width_um=300.0, height_um=200.0) == cells
    swimmers = [replace(cell, kind=0) for cell in cells]
    assert clustered(swimmers, np.random.default_rng(0), 1.0, width_um=300.0, height_um=200.0) == swimmers
