import json
import subprocess
import sys

import numpy as np
import pytest

from motilens.errors import DataError, InputError, MismatchError
from motilens.evaluation.result import EvaluationResult, Triple
from motilens.evaluation.scores import summarise
from motilens.evaluation.subgroups import group_by_concentration, tertiles
from motilens.evaluation.summary import EvaluationSummary, rounded
from tests.evaluation.results import LABELS, made, off_by, person

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


def test_r2_is_not_defined_where_the_labels_do_not_vary() -> None:
    """The mean of nine times 31.7 is not exactly 31.7, and R2 is still no huge number."""
    assert np.mean([31.7] * 9) != 31.7
    labels: dict[str, Triple] = {str(k): (31.7, 68.3 - k, float(k)) for k in range(1, 10)}
    score = summarise(made({"a": off_by(3.0, labels)}, labels=labels)).methods["a"]["motility"]
    assert score.components["progressive"].r2 is None
    assert score.components["immotile"].r2 == 1.0
    same: dict[str, Triple] = {str(k): (31.7, 36.6, 31.7) for k in range(1, 10)}
    score = summarise(made({"a": off_by(3.0, same)}, labels=same)).methods["a"]["motility"]
    assert score.r2 is None and all(component.r2 is None for component in score.components.values())


def test_cost_at_prediction_has_the_preparation_in_it() -> None:
    score = summarise(made({"a": off_by(3.0)})).methods["a"]["motility"]
    assert (score.cpu_s_per_participant, score.predict_cpu_s, score.fit_cpu_s) == (2.5, 0.5, 10.0)
    assert (score.peak_memory_mib, score.parameters) == (100.0, 7)


def test_a_preparation_whose_cost_is_not_known_is_said() -> None:
    with pytest.raises(DataError, match="method a needs stacks, but the result has the cost of tracks; run"):
        summarise(made({"a": off_by(3.0)}, preparation_cpu_s={"tracks": 9.0}))


def test_cells_have_a_cost_for_each_input() -> None:
    """Counting in 18 frames takes longer than in one; each method bears the cost of its own."""
    costs = {"stacks": 2.0, "cells I1": 1.0, "cells I4": 4.0}
    result = made({"one": off_by(3.0), "many": off_by(3.0)}, preparation_cpu_s=costs)
    methods = tuple(
        method.model_copy(update={"needs": ("cells",), "input_type": {"one": "I1", "many": "I4"}[method.name]})
        for method in result.methods
    )
    result = result.model_copy(update={"methods": methods})
    found = {name: of_method["motility"].cpu_s_per_participant for name, of_method in summarise(result).methods.items()}
    assert found == {"one": 1.5, "many": 4.5}
    del costs["cells I4"]
    with pytest.raises(DataError, match="method many needs cells I4, but the result has the cost of stacks, cells I1"):
        summarise(result.model_copy(update={"preparation_cpu_s": costs}))


def test_what_the_laboratory_knows_costs_nothing() -> None:
    result = made({"a": off_by(3.0)})
    method = result.methods[0].model_copy(update={"needs": ("concentration",)})
    score = summarise(result.model_copy(update={"methods": (method,)})).methods["a"]["motility"]
    assert score.cpu_s_per_participant == 0.5


def test_a_submission_has_neither_costs_nor_an_error_per_stack() -> None:
    result = made({"a": off_by(3.0)})
    jobs = tuple(
        job.model_copy(
            update={
                "costs": None,
                "n_parameters": None,
                "predictions": tuple(p.model_copy(update={"part_error_pct": None}) for p in job.predictions),
            }
        )
        for job in result.jobs
    )
    score = summarise(result.model_copy(update={"jobs": jobs})).methods["a"]["motility"]
    assert score.cpu_s_per_participant is score.fit_cpu_s is score.peak_memory_mib is score.parameters is None
    assert score.mae == score.fold_average == 2.0
    assert score.mae_by_stack is score.fold_average_by_stack is score.by_fold[0].mae_by_stack is None


# --- per stack, by fold, against the training mean


def test_participants_with_more_stacks_weigh_more_per_stack() -> None:
    def predict(participant: str, repeat: int) -> Triple:
        return off_by(3.0 if participant == "1" else 0.0)(participant, repeat)

    result = made({"a": predict})
    jobs = tuple(
        job.model_copy(
            update={
                "predictions": tuple(
                    p.model_copy(update={"n_parts": 15 if p.participant == "1" else 5}) for p in job.predictions
                )
            }
        )
        for job in result.jobs
    )
    score = summarise(result.model_copy(update={"jobs": jobs})).methods["a"]["motility"]
    # Per stack participant 1 misses by 3 points, the others by 1. Fold 1 tests 1 and 3, fold 2 tests 2 and 10.
    assert score.mae_by_stack == (15 * 3 + 3 * 5 * 1) / 30
    assert [fold.mae_by_stack for fold in score.by_fold] == [(15 * 3 + 5 * 1) / 20, 1.0]
    assert score.fold_average_by_stack == (2.5 + 1) / 2
    assert score.mae == 0.5


def test_folds_weigh_the_same_in_their_average() -> None:
    def predict(participant: str, repeat: int) -> Triple:
        return off_by(6.0 if participant == "2" else 0.0)(participant, repeat)

    labels = {i: LABELS[i] for i in ("1", "2", "3")}
    score = summarise(made({"a": predict}, labels=labels)).methods["a"]["motility"]
    assert [(fold.n, fold.mae) for fold in score.by_fold] == [(2, 0.0), (1, 4.0)]
    assert score.fold_average == 2.0
    assert score.mae == rounded(4 / 3)


def test_every_method_is_compared_with_the_training_mean() -> None:
    found = summarise(made({"mean": off_by(15.0), "a": off_by(3.0)}))
    shift = found.methods["a"]["motility"].minus_mean
    assert shift is not None and (shift.diff, shift.ci95) == (-8.0, (-8.0, -8.0))
    assert found.methods["mean"]["motility"].minus_mean is None
    assert summarise(made({"a": off_by(3.0)})).methods["a"]["motility"].minus_mean is None


def test_runs_of_one_fold_are_repeats_of_its_participants() -> None:
    """As released: fold 1 three times. Each participant counts once, with the mean error of the three runs."""

    def predict(participant: str, run: int) -> Triple:
        return off_by(3.0 * run)(participant, run)

    found = summarise(made({"mean": off_by(15.0), "a": predict}, protocol="as-released"))
    score = found.methods["a"]["motility"]
    assert (found.protocol, found.n_participants, score.n, score.repeats) == ("as-released", 2, 2, 3)
    assert (score.mae, score.ci95) == (4.0, (4.0, 4.0))
    assert [(fold.fold, fold.n, fold.mae) for fold in score.by_fold] == [(1, 2, 2.0), (2, 2, 4.0), (3, 2, 6.0)]
    assert score.fold_average_by_stack == 5.0
    (pair,) = found.pairs
    assert (pair.diff, pair.repeats, pair.p_raw) == (6.0, 3, 0.5)


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
    jobs = tuple(
        c.model_copy(
            update={"predictions": tuple(x for x in c.predictions if (c.method, x.participant) != ("b", "10"))}
        )
        for c in result.jobs
    )
    with pytest.raises(MismatchError, match="only one of a and b has predictions for participants 10"):
        summarise(result.model_copy(update={"jobs": jobs}))


# --- predictions that are not complete


def test_an_incomplete_repeat_is_named() -> None:
    result = made({"a": off_by(3.0)}, repeats=2)
    with pytest.raises(DataError, match="a has no prediction for participants 2, 10 in repeat 2"):
        summarise(result.model_copy(update={"jobs": [c for c in result.jobs if (c.repeat, c.fold) != (2, 1)]}))


def test_a_double_prediction_is_named() -> None:
    result = made({"a": off_by(3.0)})
    with pytest.raises(DataError, match="a predicts participant 1 twice in repeat 1"):
        summarise(result.model_copy(update={"jobs": (*result.jobs, result.jobs[0])}))


def test_a_prediction_without_a_label_is_named() -> None:
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


def a_result() -> EvaluationResult:
    return made({"mean": off_by(9.0), "a": off_by(3.1234567)}, exact=EXACT, repeats=2)


def test_the_schema_that_machines_rely_on() -> None:
    found = summarise(a_result()).model_dump(mode="json")
    assert {"dataset", "version", "command", "methods", "pairs"} <= set(found)
    assert (found["kind"], found["summary_version"], found["protocol"]) == ("evaluation summary", 2, "as-described")
    assert (found["dataset"], found["version"]) == ("made-4", "0.1.0")
    assert list(found["methods"]) == ["mean", "a"]
    score = found["methods"]["mean"]["motility"]
    assert {"mae", "ci95", "cpu_s_per_participant"} <= set(score)
    assert isinstance(score["ci95"], list) and len(score["ci95"]) == 2
    assert {"a", "b", "target", "diff", "ci95", "p"} <= set(found["pairs"][0])


def test_the_same_result_is_the_same_json_there_and_back() -> None:
    text = json.dumps(summarise(a_result()).model_dump(mode="json"))
    assert text == json.dumps(summarise(a_result()).model_dump(mode="json"))
    assert EvaluationSummary.model_validate_json(text) == summarise(a_result())


@pytest.mark.parametrize(
    ("value", "expected"), [(12.771234, 12.7712), (-0.00123456, -0.001235), (0.0, 0.0), (0.099999, 0.1)]
)
def test_rounding(value: float, expected: float) -> None:
    assert rounded(value) == expected


def test_scores_need_neither_torch_nor_pandas() -> None:
    modules = "findings, predictions, scores, statistics, subgroups, submissions, summary"
    slow = "{'torch', 'pandas'} & set(sys.modules)"
    code = f"import sys; from motilens.evaluation import {modules}; print({slow})"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "set()"
