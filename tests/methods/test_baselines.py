import numpy as np
import pytest

from motilens.data.values import Participant
from motilens.methods.baselines import BASELINE_METHODS
from motilens.methods.values import Assignment, Material
from tests.methods import scenes

METHODS = {method.name: method for method in BASELINE_METHODS}
LABELS = {"1": np.array([10.0, 20, 70]), "2": np.array([30.0, 20, 50]), "3": np.array([80.0, 20, 0])}


@pytest.fixture
def material(tmp_path) -> Material:  # noqa: ANN001
    found = scenes.material(tmp_path)
    people = {
        str(k): Participant(
            participant=str(k),
            videos=(),
            n_stacks=1,
            cells_seen=float(np.expm1(k)),
            concentration=None if k == 4 else float(np.exp(k)),
        )
        for k in (1, 2, 3, 4)
    }
    return Material(found.source, people, found.tracks, found.pipeline, found.images)


def asked(name: str, material: Material, who: str, tmp_path) -> list[float]:  # noqa: ANN001
    fitted = METHODS[name].fit(material, Assignment("motility", LABELS, 0, tmp_path))
    answer = fitted.predict(who)
    assert answer.shape == (1, 3)
    return answer[0].tolist()


def test_mean_and_median(material: Material, tmp_path) -> None:  # noqa: ANN001
    assert asked("mean", material, "4", tmp_path) == pytest.approx([40, 20, 40])
    assert asked("median", material, "4", tmp_path) == pytest.approx([30, 20, 50])


def test_the_line_goes_on_and_is_cut_at_100(material: Material, tmp_path) -> None:  # noqa: ANN001
    # log counts are 1, 2, 3, 4; the line through 10, 30, 80 has slope 35 around 40 at 2.
    assert asked("count", material, "4", tmp_path) == pytest.approx([100, 20, 0])
    assert asked("count", material, "2", tmp_path) == pytest.approx([40, 20, 40])


def test_a_concentration_that_is_not_known_is_named(material: Material) -> None:
    assert METHODS["count-lab"].lacking(material) == "laboratory concentration above 0 not known of participants 4"
    assert METHODS["count"].lacking(material) is None
