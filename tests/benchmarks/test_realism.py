"""What the realism benchmark measures, on frames and paths whose answers are known on paper."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

from typing import Any

import cv2
import numpy as np
import pytest

from motilens.errors import InputError, TooShortError
from motilens.tracking.tracks import Detections, Scale
from tests.benchmarks.conftest import Load
from tests.tracking.scenes import heads_at

LEVEL = 90


def discs(
    centres: np.ndarray, *, shape: tuple[int, int] = (160, 240), radius: float = 4, grey: int = 200
) -> np.ndarray:
    """A frame with discs on a flat background."""
    frame = np.full(shape, LEVEL, np.uint8)
    for x, y in centres:
        cv2.circle(frame, (round(x * 16), round(y * 16)), round(radius * 16), (grey,), -1, cv2.LINE_AA, 4)
    return frame


def swimmers(n_frames: int, step_px: float, **looks: Any) -> np.ndarray:
    """Three cells: one stands, one swims to the right, one swims down."""
    frames = []
    for number in range(n_frames):
        centres = np.array([[30.0, 30.0], [60 + step_px * number, 60.0], [200.0, 30 + step_px * number]])
        frames.append(discs(centres, **looks))
    return np.stack(frames)


def clip_of(load: Load, frames: np.ndarray, fps_hz: float = 50.0, um_per_px: float = 0.5) -> Any:
    return load("clip").Clip("made.mp4", frames, fps_hz, um_per_px)


def found(load: Load, clip: Any) -> tuple[Any, Detections]:
    heads = load("heads")
    rule = heads.head_rule(clip)
    return rule, heads.find_heads(clip, rule)


def line(frame: np.ndarray, points: list[tuple[float, float]], grey: int, sigma_px: float) -> np.ndarray:
    """Draw a dark line with a Gaussian section of a given depth at its centre."""
    y, x = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]]
    (x0, y0), (x1, y1) = points
    along = np.array([x1 - x0, y1 - y0])
    share = np.clip(((x - x0) * along[0] + (y - y0) * along[1]) / (along @ along), 0, 1)
    away = np.hypot(x - x0 - share * along[0], y - y0 - share * along[1])
    return np.rint(frame - grey * np.exp(-(away**2) / (2 * sigma_px**2))).astype(np.uint8)


# --- heads


def test_heads_are_where_they_were_drawn(load: Load) -> None:
    centres = np.array([[40.3, 50.7], [100.0, 80.5], [180.25, 120.0]])
    clip = clip_of(load, np.stack([discs(centres)] * 25))
    rule, heads = found(load, clip)
    at = load("heads").in_frames(heads)
    assert rule.config.polarity == "bright" and [len(each) for each in at] == [3] * 25
    np.testing.assert_allclose(at[0][np.argsort(at[0][:, 0])], centres, atol=0.15)


def test_dark_heads_are_found_where_a_source_has_none_that_shine(load: Load) -> None:
    centres = np.array([[40.0, 50.0], [100.0, 80.0]])
    rule, heads = found(load, clip_of(load, np.stack([discs(centres, grey=5)] * 25)))
    assert rule.config.polarity == "dark"
    assert np.bincount(heads.frame).tolist() == [2] * 25


def test_an_empty_field_has_no_heads_and_says_why(load: Load) -> None:
    clip = clip_of(load, np.full((220, 120, 200), LEVEL, np.uint8))
    rule, heads = found(load, clip)
    assert len(heads) == 0
    measures = load("measures").measure(clip, rule, heads)
    assert "no heads: no bright spot has a mass above 900" in measures.reasons["head_profile"]
    assert "no heads" in measures.reasons["vcl_um_s"]
    assert "no tails were found" in measures.reasons["tail_depth_grey"]
    assert measures.summary()["head_centre_grey"] is None
    assert measures.summary()["heads"] == (0, 0, 0)
    assert measures.summary()["temporal_sd_grey"] == (0, 0, 0)


def test_profile_of_a_disc_is_full_inside_and_none_outside(load: Load) -> None:
    heads, background = load("heads"), load("background")
    frame = discs(np.array([[80.0, 80.0]]), radius=5)
    edges = load("measures").PROFILE_EDGES_PX
    profile = heads.radial_profiles(background.residual(frame), np.array([[80.0, 80.0]]), edges)[0]
    np.testing.assert_allclose(profile[edges[1:] < 4.6], 110, atol=1)
    np.testing.assert_allclose(profile[edges[:-1] > 6.5], 0, atol=1)


def test_heads_at_the_border_have_no_profile(load: Load) -> None:
    profiles = load("heads").radial_profiles(
        np.zeros((96, 96)), np.array([[5.0, 50.0], [50.0, 94.6]]), np.arange(0, 17, 1.5)
    )
    assert profiles.shape == (0, 11)


# --- tails, specks, background


def test_tail_depth_width_and_length(load: Load) -> None:
    frame = line(np.full((160, 240), LEVEL, np.uint8), [(60, 40), (160, 100)], 20, 1.3)
    tails = load("tails").find_tails(load("background").residual(frame), np.zeros((0, 2)))
    assert np.median(tails.depth_grey) == pytest.approx(20, abs=1.5)
    assert np.median(tails.width_px) == pytest.approx(1.3 * 2.355, abs=0.4)
    assert 90 < len(tails.depth_grey) < 130  # 117 px long; a diagonal step counts once


def test_blobs_and_short_lines_are_no_tails(load: Load) -> None:
    frame = discs(np.array([[60.0, 60.0], [150.0, 90.0]]), radius=6, grey=60)
    frame = line(frame, [(190, 120), (200, 120)], 20, 1.3)
    assert not load("tails").find_tails(load("background").residual(frame), np.zeros((0, 2))).ridge.any()


def test_specks_are_counted_and_measured(load: Load) -> None:
    frame = np.full((200, 200), LEVEL, np.uint8)
    for number in range(12):
        y, x = 20 + 40 * (number // 4), 20 + 40 * (number % 4)
        frame[y : y + 3, x : x + 3] = LEVEL - 25  # 9 px
    frame[180:184, 20:150] = LEVEL - 25  # a bar is no speck
    frame[150, 190] = LEVEL - 25  # nor is one pixel
    specks = load("specks").find_specks(
        load("background").residual(frame), np.array([[21.0, 21.0]]), np.zeros(frame.shape, bool)
    )
    assert len(specks.area_px) == 11  # one lies at a head
    assert set(specks.area_px) == {9}
    np.testing.assert_allclose(specks.depth_grey, 25, atol=1)


def test_unevenness_is_the_span_of_the_slope(load: Load) -> None:
    background = load("background")
    frame = np.rint(np.tile(np.linspace(95, 105, 320), (240, 1))).astype(np.uint8)
    assert background.unevenness_pct(frame, background.residual(frame)) == pytest.approx(10, abs=1)


def test_texture_is_the_noise(load: Load) -> None:
    noise = np.random.default_rng(0).normal(LEVEL, 2, (200, 200))
    fine, middle = load("background").texture_sd(np.rint(noise).astype(np.uint8), np.ones((200, 200), bool))
    assert 1.7 < fine < 2.1
    assert middle < 0.7


# --- spectra


def test_a_wave_over_the_frame_lies_in_its_band(load: Load) -> None:
    spectra = load("spectra")
    frame = LEVEL + 20 * np.sin(2 * np.pi * 0.1 * np.arange(320))[None] * np.ones((240, 1))
    band = int(np.digitize(0.1, spectra.SPATIAL_EDGES)) - 1
    found = spectra.spatial_spectrum(frame)
    assert int(np.argmax(found)) == band
    assert found[band] - np.median(found) > 2


def test_white_noise_has_its_variance_at_every_radius(load: Load) -> None:
    frame = np.random.default_rng(0).normal(LEVEL, 3, (256, 256))
    np.testing.assert_allclose(load("spectra").spatial_spectrum(frame)[-6:], np.log10(9), atol=0.1)


def test_a_flicker_lies_in_its_band_with_its_power(load: Load) -> None:
    spectra = load("spectra")
    seconds = np.arange(200) / 50
    pixels = LEVEL + 4 * np.sin(2 * np.pi * 7 * seconds)[:, None] * np.ones((1, 5))
    power = spectra.temporal_spectra(pixels, 50)
    edges = spectra.TEMPORAL_EDGES_HZ
    band = int(np.digitize(7, edges)) - 1
    assert (np.argmax(power, axis=1) == band).all()
    assert power[0, band] * (edges[band + 1] - edges[band]) == pytest.approx(8, rel=0.15)  # half the square of 4


def test_bands_that_a_slow_clip_does_not_reach_are_not_measured(load: Load) -> None:
    power = load("spectra").temporal_spectra(np.random.default_rng(0).normal(size=(100, 3)), 20.0)
    assert np.isfinite(power[:, 0]).all() and np.isnan(power[:, -1]).all()


# --- tracks


def test_tracks_survive_gaps_and_are_not_swapped(load: Load) -> None:
    tracks = load("tracks")
    at = np.stack([np.array([[10.0 + number, 20.0], [10.0 + number, 30.0]]) for number in range(60)])
    at[20:22] = np.nan
    at[40, 1] = np.nan
    linked = tracks.link(heads_at(at), Scale(0.5, 50.0))
    assert np.bincount(linked.track).tolist() == [58, 57]
    assert all(np.ptp(linked.y_px[linked.track == k]) == 0 for k in (0, 1))
    seconds = tracks.seconds_of(linked)
    np.testing.assert_allclose(seconds.values["vsl_um_s"], 25)
    np.testing.assert_allclose(seconds.values["lin"], 1)


def test_measures_of_swimmers(load: Load) -> None:
    frames = swimmers(220, 0.4)
    clip = clip_of(load, frames)
    rule, heads = found(load, clip)
    measures = load("measures").measure(clip, rule, heads)
    summary = measures.summary()
    share = frames[0].size / (640 * 480)
    np.testing.assert_allclose(summary["heads"], 3 / share, rtol=1e-6)
    np.testing.assert_allclose(summary["vsl_um_s_progressive"], 10, rtol=0.03)
    np.testing.assert_allclose(summary["still_pct"], 100 / 3)
    np.testing.assert_allclose(summary["progressive_pct"], 200 / 3)
    assert summary["background_grey"] == (LEVEL,) * 3
    assert summary["temporal_sd_background_grey"] == (0, 0, 0)
    assert measures.samples["temporal_sd_grey"].max() > 10


def test_a_short_clip_says_what_it_is_too_short_for(load: Load) -> None:
    clip = clip_of(load, swimmers(40, 0.4))
    measures = load("measures").measure(clip, *found(load, clip))
    assert "the clip has 0.8 s without a stage move, 4 s are needed" in measures.reasons["temporal_sd_grey"]
    assert "no head was followed for 1 s" in measures.reasons["vcl_um_s"]
    assert measures.summary()["heads"] is not None


# --- values


def test_clips_refuse_what_is_no_clip(load: Load) -> None:
    with pytest.raises(InputError, match=r"float64 .* came; frames are uint8 \(t, y, x\)"):
        clip_of(load, np.zeros((30, 100, 100)))
    with pytest.raises(TooShortError, match="3 frames of 100x100 came .* at least 25 of 96x96 are needed"):
        clip_of(load, np.zeros((3, 100, 100), np.uint8))
    with pytest.raises(InputError, match="0 frames a second"):
        clip_of(load, np.zeros((30, 100, 100), np.uint8), fps_hz=0)


def test_distances_and_who_is_nearer(load: Load) -> None:
    rows, comparison, measures = load("rows"), load("comparison"), load("measures")
    row = rows.Row("heads", "", "", 2.0)
    assert rows.distance(row, (0, 5, 10), (1, 6, 11)) == pytest.approx(0.1)
    assert rows.distance(row, (5, 5, 5), (6, 6, 6)) == pytest.approx(0.5)  # a spread of none counts as 2
    assert rows.curve_distance(np.array([1, 2, np.nan]), np.array([4, 6, 9])) == pytest.approx(np.sqrt(12.5))

    def source(heads: float) -> Any:
        others = {each.key: "not made" for each in (*rows.ROWS, *rows.CURVES) if each.key != "heads"}
        return measures.Measures(({},), {"heads": np.full(5, heads)}, {}, others)

    lines = comparison.compare({"real": source(30), "simulated": source(32), "yardstick": source(50)})
    by_key = {each.row.key: each for each in lines}
    assert by_key["heads"].nearer is True
    assert by_key["specks"].nearer is None and by_key["specks"].reasons["real"] == "not made"
    assert comparison.verdict(lines) == {"nearer": 1, "farther": 0, "not_measurable": len(lines) - 1}
    with pytest.raises(InputError, match="neither measured nor explained"):
        measures.Measures((), {}, {}, {})


def test_clips_of_a_source_are_pooled(load: Load) -> None:
    measures = load("measures")
    clips = [clip_of(load, swimmers(30, 0.4)), clip_of(load, np.full((30, 160, 240), 70, np.uint8))]
    pooled = measures.together([measures.measure(clip, *found(load, clip)) for clip in clips])
    assert pooled.summary()["background_grey"] == (70, 80, 90)
    assert pooled.samples["heads"].size == 60
    assert "head_centre_grey" in pooled.samples and "head_centre_grey" not in pooled.reasons
    assert len(pooled.clips) == 2
