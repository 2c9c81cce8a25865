"""How a cell is built: shapes whose size is known, defects that show, shares that are the participant's."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from motilens.simulate.morphology import (
    HEAD_FORMS,
    MIDPIECE_FORMS,
    SEGMENTS,
    SWIMMING_TAILS,
    TAIL_FORMS,
    Form,
    draw_form,
    phase_map,
    root_um,
    tail_angles,
)

PLAIN = Form(head_um=(4.1, 2.8), taper=0.0, margin_rad=0.0, head_phase_rad=2.0, midpiece_um=(4.0, 1e-3))
"""An ellipsoid without a margin, and a midpiece too thin to matter."""

FINE_UM = 0.05
SIZE = 400


def picture(form: Form) -> np.ndarray:
    return phase_map(form, um_per_px=FINE_UM, size=SIZE)


def many(n: int, defects: tuple[float, float, float] = (100.0, 100.0, 100.0)) -> list[Form]:
    return [draw_form(np.random.default_rng(seed), defects) for seed in range(n)]


@pytest.mark.parametrize("head_um", [(4.1, 2.8), (3.4, 3.3), (6.0, 2.0)])
def test_a_head_is_an_ellipsoid(head_um: tuple[float, float]) -> None:
    """Phase p sqrt(1 - r^2) over an ellipse: its integral is 2/3 pi a b p, its extent 2 a by 2 b."""
    phase = picture(replace(PLAIN, head_um=head_um))
    a, b = head_um[0] / 2, head_um[1] / 2
    assert phase.sum() * FINE_UM**2 == pytest.approx(2 / 3 * np.pi * a * b * 2.0, rel=0.01)  # thin midpiece included
    assert phase.max() == pytest.approx(2.0, rel=1e-3)
    inside = phase > 0.1  # above what the midpiece's line of pixels has
    assert np.ptp(np.flatnonzero(inside.any(axis=0))) * FINE_UM == pytest.approx(head_um[0], abs=3 * FINE_UM)
    assert np.ptp(np.flatnonzero(inside.any(axis=1))) * FINE_UM == pytest.approx(head_um[1], abs=3 * FINE_UM)


def test_a_plain_cell_is_the_same_on_both_sides() -> None:
    phase = picture(Form())
    np.testing.assert_allclose(phase, phase[::-1], atol=1e-12)


def test_the_head_points_along_x_and_the_midpiece_lies_behind() -> None:
    phase = picture(Form(margin_rad=0.0))
    behind, before = phase[:, : SIZE // 2 - 50], phase[:, SIZE // 2 + 50 :]  # more than 2.5 um from the middle
    assert behind.max() > 0.1 and before.max() == 0


def test_a_thin_margin_surrounds_the_head() -> None:
    """0.35 um on each side, of a phase like that of the ring (0.32 rad), which phase contrast shows dark."""
    phase = picture(replace(PLAIN, margin_rad=0.3))
    inside = phase > 0.1
    assert np.ptp(np.flatnonzero(inside.any(axis=0))) * FINE_UM == pytest.approx(4.1 + 0.7, abs=3 * FINE_UM)
    assert np.ptp(np.flatnonzero(inside.any(axis=1))) * FINE_UM == pytest.approx(2.8 + 0.7, abs=3 * FINE_UM)
    assert phase[:, SIZE // 2 + 43].max() <= 0.3  # 2.15 um before the middle, where the head itself has ended


def test_one_half_of_a_head_can_delay_light_less() -> None:
    phase = picture(replace(PLAIN, half_shares=(0.25, 1.0)))[SIZE // 2]
    before, behind = phase[SIZE // 2 + 20], phase[SIZE // 2 - 21]  # 1 um from the middle
    assert before == pytest.approx(behind / 4, rel=0.07)  # the transition between the halves is smooth


def test_a_groove_runs_along_the_middle_of_a_head() -> None:
    phase = picture(replace(PLAIN, groove=0.8))
    for k in (-20, 0, 20):
        column = phase[:, SIZE // 2 + k]
        assert column[SIZE // 2] < 0.3 * column.max()


def test_heads_differ_in_what_they_show() -> None:
    """A fifth has a dim half, somewhat more a groove, none both."""
    forms = many(2000, (0.0, 0.0, 0.0))
    dim = np.array([min(form.half_shares) < 1 for form in forms])
    groove = np.array([form.groove > 0 for form in forms])
    assert (dim.mean(), groove.mean()) == pytest.approx((0.2, 0.22), abs=0.03)
    assert not (dim & groove).any()


def test_a_tapered_head_is_narrower_behind() -> None:
    phase = picture(replace(PLAIN, taper=0.4))
    wide = [(phase[:, SIZE // 2 + k] > 0.2).sum() for k in (-20, 20)]  # 1 um behind and before the middle
    assert wide[0] < wide[1]


def test_the_tail_begins_behind_the_midpiece() -> None:
    """Neck 0.3 um inside the head's end: 4.1 / 2 - 0.3 + 4 = 5.75 um behind; bent by a right angle it lies aside."""
    assert root_um(PLAIN) == pytest.approx((-5.75, 0))
    x, y = root_um(replace(PLAIN, neck_bend_rad=np.pi / 2))
    assert (x, abs(y)) == pytest.approx((-1.75, 4.0))


@pytest.mark.parametrize("bend_rad", [0.0, 0.8, -1.2])
def test_the_midpiece_ends_where_the_tail_begins(bend_rad: float) -> None:
    form = replace(PLAIN, neck_bend_rad=bend_rad, midpiece_um=(4.0, 0.9))
    x, y = root_um(form)
    phase = picture(form)

    def at(share: float) -> float:
        """Phase on the line from the middle of the head to the root, so far along."""
        neck = -(4.1 / 2 - 0.3)
        px, py = (neck + share * (x - neck)) / FINE_UM + SIZE / 2, share * y / FINE_UM + SIZE / 2
        return float(phase[int(py) - 1 : int(py) + 2, int(px) - 1 : int(px) + 2].max())

    assert at(0.9) > 0.1
    assert at(1.25) == 0


def test_thick_midpieces_and_droplets_delay_more_light() -> None:
    usual = Form(taper=0.0)
    plain, thick, droplet = (
        picture(form).sum() for form in (usual, replace(usual, midpiece_um=(4.0, 2.0)), replace(usual, droplet_um=1.5))
    )
    assert thick > plain and droplet > plain


def test_a_droplet_sits_on_its_side() -> None:
    for side in (-1, 1):
        extra = picture(replace(PLAIN, droplet_um=1.5, droplet_side=side)) - picture(PLAIN)
        y, _ = np.nonzero(extra > 0.1)
        assert np.sign(y.mean() - SIZE / 2) == side


def test_resting_tails() -> None:
    straight = tail_angles(Form())
    assert straight.shape == (1, SEGMENTS) and not straight.any()
    bent = tail_angles(Form(tail="bent", kink=(0.5, 1.8)))[0]
    assert not bent[: SEGMENTS // 2].any()
    np.testing.assert_allclose(bent[SEGMENTS // 2 :], 1.8)
    double = tail_angles(Form(tail="double"))
    assert double.shape == (2, SEGMENTS)
    np.testing.assert_allclose(double[0], -double[1])
    assert (np.abs(double[0]) > 0).all()
    # Coils of 2-4 um radius: 45 um of tail go round at least 1.5 times.
    assert abs(tail_angles(Form(tail="coiled"))[0, -1]) > 1.5 * 2 * np.pi


def test_a_tail_goes_on_from_a_bent_neck() -> None:
    assert tail_angles(Form(neck_bend_rad=0.9))[0] == pytest.approx(0.9)


def test_shares_of_defects_converge() -> None:
    """4000 cells; five standard errors of a binomial share. Forms of a defect are equally frequent."""
    percent = (90.0, 25.0, 12.0)
    forms = many(4000, percent)
    shares = np.mean([form.defects for form in forms], axis=0)
    for share, p in zip(shares, np.array(percent) / 100, strict=True):
        assert share == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / 4000))
    for part, names in (("head", HEAD_FORMS), ("midpiece", MIDPIECE_FORMS), ("tail", TAIL_FORMS)):
        counts = Counter(getattr(form, part) for form in forms)
        n = 4000 - counts["normal"]
        p = 1 / (len(names) - 1)
        for name in names[1:]:
            assert counts[name] / n == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n)), name


def test_defects_of_the_parts_are_independent() -> None:
    defects = np.array([form.defects for form in many(4000, (50.0, 50.0, 50.0))], float)
    correlation = np.corrcoef(defects.T)
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("percent", [0.0, 100.0])
def test_none_and_all(percent: float) -> None:
    assert {form.defects for form in many(50, (percent, percent, percent))} == {(percent > 0,) * 3}


def test_a_normal_head_has_whos_size_and_defects_are_seen_in_the_shape() -> None:
    """WHO 2021: 4.1 x 2.8 um, stained and so a little shrunken; 95 % of them within 12 % of that."""
    normal = many(400, (0.0, 0.0, 0.0))
    size = np.array([form.head_um for form in normal])
    middle = np.median(size, axis=0)
    np.testing.assert_allclose(middle, [4.1, 2.8], rtol=0.15)
    assert (np.abs(size / middle - 1) < 0.12).all(axis=1).mean() > 0.9
    heads = {name: [f for f in many(400) if f.head == name] for name in HEAD_FORMS[1:]}
    length = {name: np.mean([f.head_um[0] for f in forms]) for name, forms in heads.items()}
    ratio = {name: np.mean([f.head_um[0] / f.head_um[1] for f in forms]) for name, forms in heads.items()}
    assert length["small"] < middle[0] < length["large"]
    assert ratio["round"] < middle[0] / middle[1] < ratio["tapered"]
    for form in many(400):
        assert (form.tail == "short") == (form.tail_um < 25)
        assert (form.midpiece == "droplet") == (form.droplet_um > 0)
        assert (form.midpiece == "bent") == (abs(form.neck_bend_rad) > 0.5)


def test_only_the_tails_asked_for() -> None:
    rngs = (np.random.default_rng(seed) for seed in range(200))
    tails = {draw_form(rng, (0.0, 0.0, 100.0), tails=SWIMMING_TAILS).tail for rng in rngs}
    assert tails == set(SWIMMING_TAILS)


def test_every_form_draws_as_often() -> None:
    states = []
    for percent in (0.0, 50.0, 100.0):
        rng = np.random.default_rng(0)
        draw_form(rng, (percent, percent, percent))
        states.append(rng.bit_generator.state)
    assert states[0] == states[1] == states[2]
