import json
import subprocess
import sys

import numpy as np
import pytest

from motilens.errors import DataError, InputError, MismatchError
from motilens.evaluation.benchmark.breakdowns import group_by_concentration, tertiles
from motilens.evaluation.benchmark.judge import summarise, summary
from motilens.evaluation.benchmark.summary import BenchmarkSummary, rounded
from motilens.evaluation.benchmark.values import BenchmarkResult, Triple
from tests.evaluation.benchmarks import LABELS, made, off_by, person

EXACT: dict[str, Triple] = {i: (a + 3.0, b - 3.0, c) for i, (a, b, c) in LABELS.items()}


def ups_and_downs(participant: str, repeat: int) -> Triple:
    """3 points too many in repeat 1, 3 too few in repeat 2: 2 points of error in each, none of their average."""
    return off_by(3.0 if repeat == 1 else -3.0)(participant, repeat)


# --- one method


def test_error_bias_and_limits_on_paper() -> None:
    score = summarise(made({"three": off_by(3.0)})).methods["three"]["motility"]
    assert (score.mae, score.ci95, score.n, score.repeats) == (2.0, (2.0, 2.0), 4, 1)
    progressive, non_progressive, immotile = score.components.values()
    assert list(score.components) == ["progressive", "non-progressive", "immotile"]
    assert (progressive.mae, progressive.bias, progressive.limits) == (3.0, 3.0, (3.0, 3.0))
    assert (non_progressive.mae, non_progressive.bias) == (3.0, -3.0)
    assert (immotile.mae, immotile.bias, immotile.r2) == (0.0, 0.0, 1.0)
    # Progressive is 40 50 60 70: squares around the mean sum to 500; four errors of 3 to 36.
    assert progressive.r2 == rounded(1 - 36 / 500)
    # Non-progressive 30 20 10 10: 275; immotile 30 30 30 20: 75. In all 850, and 72 missed.
    assert score.r2 == rounded(1 - 72 / 850)


def test_limits_of_agreement_on_paper() -> None:
    def predict(participant: str, repeat: int) -> Triple:
        return off_by({"1": 1.0, "2": -1.0, "3": 1.0, "10": -1.0}[participant])(participant, repeat)

    progressive = summarise(made({"a": predict})).methods["a"]["motility"].components["progressive"]
    reach = rounded(1.96 * np.sqrt(4 / 3))
    assert (progressive.bias, progressive.limits) == (0.0, (-reach, reach))


def test_repeats_are_no_ensemble_and_no_new_people() -> None:
    twice = summarise(made({"a": ups_and_downs}, repeats=2)).methods["a"]["motility"]
    assert (twice.mae, twice.repeats, twice.n) == (2.0, 2, 4)  # predictions averaged over repeats would be perfect
    assert twice.components["progressive"].bias == 0.0
    assert twice.components["progressive"].r2 == rounded(1 - 36 / 500)
    assert twice.by_assessor["not known"].n == 4


def test_the_interval_is_over_participants() -> None:
    def predict(participant: str, repeat: int) -> Triple:
        return off_by({"1": 0.0, "2": 3.0, "3": 6.0, "10": 9.0}[participant])(participant, repeat)

    once = summarise(made({"a": predict})).methods["a"]["motility"]
    thrice = summarise(made({"a": predict}, repeats=3)).methods["a"]["motility"]
    assert once.mae == 3.0
    assert once.ci95 == thrice.ci95
    assert 0 <= once.ci95[0] < 3 < once.ci95[1] <= 6


def test_a_single_participant_has_no_limits_and_an_interval_of_no_width() -> None:
    score = summarise(made({"a": off_by(3.0)}, labels={"1": LABELS["1"]}, n_folds=1)).methods["a"]["motility"]
    assert (score.mae, score.ci95, score.r2) == (2.0, (2.0, 2.0), None)
    assert score.components["progressive"].limits == (3.0, 3.0)
    assert score.by_assessor["not known"].ci95 is None


def test_cost_at_prediction_has_the_preparation_in_it() -> None:
    score = summarise(made({"a": off_by(3.0)})).methods["a"]["motility"]
    assert (score.cpu_s_per_participant, score.predict_cpu_s, score.fit_cpu_s) == (2.5, 0.5, 10.0)
    assert (score.peak_memory_mib, score.parameters) == (100.0, 7)


def test_a_preparation_whose_cost_is_not_known_is_said() -> None:
    with pytest.raises(DataError, match="method a uses stacks, but the result has the cost of tracks; run"):
        summarise(made({"a": off_by(3.0)}, preparation_cpu_s={"tracks": 9.0}))


def test_a_method_from_outside_has_no_cost() -> None:
    result = made({"a": off_by(3.0)})
    outside = tuple(cell.model_copy(update={"costs": None, "n_parameters": None}) for cell in result.cells)
    score = summarise(result.model_copy(update={"cells": outside})).methods["a"]["motility"]
    assert score.cpu_s_per_participant is score.fit_cpu_s is score.peak_memory_mib is score.parameters is None


# --- pairs


def test_pairs_on_paper() -> None:
    # Each participant's error is 2 against 4: all differences are -2. Of 16 sign patterns two lie as far out.
    (pair,) = summarise(made({"a": off_by(3.0), "b": off_by(6.0)})).pairs
    assert (pair.a, pair.b, pair.diff, pair.ci95) == ("a", "b", -2.0, (-2.0, -2.0))
    assert pair.p == pair.p_raw == 2 / 16


def test_p_is_corrected_over_the_pairs_of_a_target() -> None:
    found = summarise(made({"a": off_by(3.0), "b": off_by(6.0), "c": off_by(9.0)}))
    assert [(pair.a, pair.b) for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {pair.p_raw for pair in found.pairs} == {0.125}
    assert {pair.p for pair in found.pairs} == {0.375}
    turned = found.pair("c", "a", "motility")
    assert turned and (turned.a, turned.diff, turned.ci95) == ("c", 4.0, (4.0, 4.0))
    assert found.pair("a", "nobody", "motility") is None


def test_methods_are_compared_on_the_repeats_that_both_have() -> None:
    def worse_later(participant: str, repeat: int) -> Triple:
        return off_by(3.0 if repeat == 1 else 30.0)(participant, repeat)

    found = summarise(made({"many": worse_later, "one": off_by(6.0)}, repeats={"many": 2, "one": 1}))
    assert found.methods["many"]["motility"].mae == 11.0  # over both repeats
    assert (found.pairs[0].diff, found.pairs[0].repeats) == (-2.0, 1)  # on the first alone


def test_different_participants_are_never_compared() -> None:
    result = made({"a": off_by(3.0), "b": off_by(6.0)})
    cells = tuple(
        c.model_copy(update={"answers": tuple(x for x in c.answers if (c.method, x.participant) != ("b", "10"))})
        for c in result.cells
    )
    with pytest.raises(MismatchError, match="only one of a and b answers for participants 10"):
        summarise(result.model_copy(update={"cells": cells}))


# --- answers that are not whole


def test_a_repeat_that_is_not_whole_is_named() -> None:
    result = made({"a": off_by(3.0)}, repeats=2)
    with pytest.raises(DataError, match="a has no answer for participants 2, 10 in repeat 2"):
        summarise(result.model_copy(update={"cells": [c for c in result.cells if (c.repeat, c.fold) != (2, 1)]}))


def test_a_double_answer_is_named() -> None:
    result = made({"a": off_by(3.0)})
    with pytest.raises(DataError, match="a answers twice for participant 1 in repeat 1"):
        summarise(result.model_copy(update={"cells": (*result.cells, result.cells[0])}))


def test_an_answer_without_a_label_is_named() -> None:
    result = made({"a": off_by(3.0)})
    labels = {"motility": {i: v for i, v in LABELS.items() if i != "3"}}
    with pytest.raises(DataError, match="participants 3 have no label of motility"):
        summarise(result.model_copy(update={"labels": labels}))


# --- simulated data


def test_a_perfect_method_has_no_error_but_against_the_labels() -> None:
    """The laboratory is 2 points off the exact truth of everybody: that is the floor."""
    found = summarise(made({"perfect": lambda i, _: EXACT[i], "label": lambda i, _: LABELS[i]}, exact=EXACT))
    assert found.floor is not None
    assert (found.floor["motility"].mae, found.floor["motility"].ci95) == (2.0, (2.0, 2.0))
    perfect, label = found.methods["perfect"]["motility"], found.methods["label"]["motility"]
    assert perfect.exact and perfect.excess and label.exact and label.excess
    assert (perfect.mae, perfect.exact.mae, perfect.excess.diff) == (2.0, 0.0, 0.0)
    assert (label.mae, label.exact.mae, label.excess.diff) == (0.0, 2.0, -2.0)


def test_real_data_have_no_floor() -> None:
    found = summarise(made({"a": off_by(3.0)}))
    score = found.methods["a"]["motility"]
    assert found.floor is score.exact is score.excess is None


# --- breakdowns


def test_breakdowns_on_paper() -> None:
    participants = [
        person("1", assessor="SSW", concentration=10.0),
        person("2", assessor="JMA", concentration=20.0),
        person("3", assessor="SSW", concentration=90.0),
        person("10"),
    ]

    def predict(participant: str, repeat: int) -> Triple:
        return off_by({"1": 0.0, "2": 3.0, "3": 6.0, "10": 9.0}[participant])(participant, repeat)

    found = summarise(made({"a": predict}, participants=participants), cuts=(20.0,))
    score = found.methods["a"]["motility"]
    assert {name: (group.n, group.mae) for name, group in score.by_assessor.items()} == {
        "JMA": (1, 2.0),
        "SSW": (2, 2.0),
        "not known": (1, 6.0),
    }
    assert [(name, group.n, group.mae) for name, group in score.by_concentration.items()] == [
        ("up to 20", 2, 1.0),
        ("above 20", 1, 4.0),
        ("not known", 1, 6.0),
    ]
    assert [(f.repeat, f.fold, f.n, f.mae) for f in score.by_fold] == [(1, 1, 2, 2.0), (1, 2, 2, 4.0)]


def test_tertiles_part_into_thirds() -> None:
    cuts = tertiles([person(str(k), concentration=float(k)) for k in range(1, 10)])
    groups = [group_by_concentration(float(k), cuts) for k in range(1, 10)]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [3, 3, 3]
    assert groups[0] == f"up to {cuts[0]:g}" and groups[-1] == f"above {cuts[1]:g}"


def test_tertiles_of_few_values() -> None:
    assert tertiles([person("1"), person("2")]) == ()
    assert tertiles([person("1", concentration=5.0), person("2", concentration=5.0)]) == ()
    assert group_by_concentration(5.0, ()) == "all"
    assert group_by_concentration(None, ()) == "not known"


def test_cuts_must_rise() -> None:
    with pytest.raises(InputError, match=r"cuts \[20.0, 10.0\]; allowed: rising concentrations"):
        group_by_concentration(5.0, (20.0, 10.0))


# --- as JSON


def a_result() -> BenchmarkResult:
    return made({"mean": off_by(9.0), "a": off_by(3.1234567)}, exact=EXACT, repeats=2)


def test_the_schema_that_machines_rely_on() -> None:
    found = summary(a_result())
    assert {"dataset", "version", "command", "methods", "pairs"} <= set(found)
    assert (found["dataset"], found["version"]) == ("made-4", "0.1.0")
    assert list(found["methods"]) == ["mean", "a"]
    score = found["methods"]["mean"]["motility"]
    assert {"mae", "ci95", "cpu_s_per_participant"} <= set(score)
    assert isinstance(score["ci95"], list) and len(score["ci95"]) == 2
    assert {"a", "b", "target", "diff", "ci95", "p"} <= set(found["pairs"][0])


def test_the_same_result_is_the_same_json_there_and_back() -> None:
    text = json.dumps(summary(a_result()))
    assert text == json.dumps(summary(a_result()))
    assert BenchmarkSummary.model_validate_json(text) == summarise(a_result())


@pytest.mark.parametrize(
    ("value", "expected"), [(12.771234, 12.7712), (-0.00123456, -0.001235), (0.0, 0.0), (0.099999, 0.1)]
)
def test_rounding(value: float, expected: float) -> None:
    assert rounded(value) == expected


def test_judging_needs_neither_torch_nor_pandas() -> None:
    modules = "answers, breakdowns, claims, judge, submission, summary"
    slow = "{'torch', 'pandas'} & set(sys.modules)"
    code = f"import sys; from motilens.evaluation.benchmark import {modules}; print({slow})"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "set()"
