from typing import Any

import pytest

from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.report.interpretation import (
    about_autoencoders,
    facts,
    headlines,
    how_to_read,
    not_different,
    smallest_p,
)
from motilens.report.table import MINUS
from tests.evaluation.results import made, off_by
from tests.report.results import a_result, many_people, of


def said(result: EvaluationResult) -> str:
    return " ".join(how_to_read(summarise(result))).replace(MINUS, "-")


def of_many(points: dict[str, float], n: int = 45, **others: Any) -> EvaluationResult:  # noqa: ANN401 - as ``made``
    labels = many_people(n)
    return made({name: off_by(p, labels) for name, p in points.items()}, labels=labels, **others)


def test_a_method_that_beats_the_mean_is_called_significantly_better() -> None:
    text = said(of_many({"mean": 9.0, "same": 9.0, "worse": 12.0, "best": 3.0}))
    assert text.startswith(
        "Motility: best has the lowest MAE, 2.0 (2.0 to 2.0); it is significantly better than the training mean "
        "(difference -4.0 points, 95 % -4.0 to -4.0). "
    )
    assert "On motility best differs significantly from every other method." in text
    assert "Not significantly different from the training mean on motility: same." in text
    assert "Significantly worse than the training mean on motility: worse." in text
    assert "best was picked as the lowest of 3 after seeing their errors" in text


def test_a_method_no_better_than_the_mean_is_called_the_same() -> None:
    text = said(of_many({"mean": 9.0, "same": 9.0}))
    assert "same has the lowest MAE apart from the training mean, 6.0" in text
    assert "it is the same as the training mean to one decimal (difference +0.0" in text
    assert "was picked" not in text


def test_nobody_is_better_or_worse_by_nothing() -> None:
    """Everybody's error is 0.04 points lower or higher: significant by p, and 0.0 in every sentence."""
    text = said(of_many({"mean": 9.0, "best": 8.94, "worst": 9.06}))
    assert "best has the lowest MAE, 6.0 (6.0 to 6.0); it is the same as the training mean to one decimal" in text
    assert "Significantly" not in text and "significantly better" not in text
    assert "Not significantly different from the training mean on motility: best, worst." in text
    (headline,) = headlines(summarise(of_many({"mean": 9.0, "best": 8.94})))
    assert (headline.verdict, headline.good) == ("the same as the training mean to one decimal", None)


def test_labels_that_do_not_vary_are_said_in_one_line() -> None:
    """A third has no exact binary form: R2 would divide by a rounding error."""
    labels = {str(k): (100 / 3, 100 / 3, 100 / 3) for k in range(1, 46)}
    result = made({"mean": off_by(0.0, labels), "a": off_by(3.0, labels), "b": off_by(6.0, labels)}, labels=labels)
    first, *others = how_to_read(summarise(result))
    assert first == (
        "Motility: the laboratory's values are the same for all 45 participants, so these figures say nothing about "
        "any method, and R² is not defined."
    )
    assert not any("Motility" in sentence or "motility" in sentence for sentence in others)
    (headline,) = headlines(summarise(result))
    assert headline.good is None
    assert headline.verdict.endswith("values are the same for all participants, so nothing can be concluded")


def test_methods_that_are_not_different_from_the_best_are_named() -> None:
    result = of_many({"mean": 9.0, "best": 3.0, "twin": 3.0})
    assert not_different(summarise(result), "best", "motility") == ("twin",)
    assert "Not significantly different from best on motility: twin." in said(result)


def test_without_the_mean_nothing_is_claimed() -> None:
    assert "without the training mean beside it that says little" in said(of({"a": 3.0}))
    (headline,) = headlines(summarise(of({"a": 3.0})))
    assert (headline.mean_mae, headline.difference, headline.good) == (None, "", None)
    assert headline.verdict.startswith("not compared with the training mean")


def test_the_training_mean_alone_has_no_headline() -> None:
    assert headlines(summarise(of({"mean": 3.0}))) == ()


def test_what_no_p_can_show_is_said() -> None:
    found = summarise(of({"mean": 15.0, "a": 6.0, "b": 3.0}))
    assert smallest_p(found, "motility") == 3 / 32
    assert "no corrected p can be below 0.094, however different two methods are" in how_to_read(found)[0]


def test_few_participants_are_mentioned() -> None:
    assert "6 participants: intervals from so few are too narrow" in said(of({"mean": 15.0, "a": 6.0}))
    assert "30 participants are few" in said(of_many({"mean": 9.0, "a": 3.0}, n=30))
    assert "participants are few" not in said(of_many({"mean": 9.0, "a": 3.0}))


@pytest.mark.parametrize(
    ("n", "others", "verdict", "good"),
    [
        (45, {}, "significantly better than the training mean", True),
        (15, {}, "significantly better than the training mean, but 15 participants are too few", None),
        (90, {"protocol": "as-released"}, "significantly better than the training mean, but these participants", None),
    ],
)
def test_the_verdict_is_no_better_than_its_evidence(
    n: int, others: dict[str, Any], verdict: str, good: bool | None
) -> None:
    (headline,) = headlines(summarise(of_many({"mean": 9.0, "a": 3.0}, n=n, **others)))
    assert headline.verdict.startswith(verdict)
    assert (headline.good, headline.mae, headline.mean_mae) == (good, "2.0", "6.0")
    assert headline.method == "a, the method a"


def test_simulated_data_are_said_to_be_simulated() -> None:
    assert "Simulated data: " in said(a_result())
    assert "Simulated data: " not in said(of({"mean": 15.0, "a": 6.0}, simulated=False))


def test_the_protocol_is_in_words() -> None:
    released, described = a_result("as-released"), a_result()
    words = dict(facts(summarise(released)))["protocol"]
    assert "the test fold itself chose the epoch, and fold 1 was used three times" in words
    assert said(released).startswith("These are not errors to expect on new participants")
    assert "an inner split of them chose it" in dict(facts(summarise(described)))["protocol"]
    assert "not errors to expect" not in said(described)


def test_facts_say_where_numbers_come_from() -> None:
    known = dict(facts(summarise(a_result())))
    assert known["data"] == "made-4: 6 participants tested, 1 left out"
    assert known["methods"] == "4; 1 repeat, the same folds for all"
    assert known["data fingerprint"] == "0123456789abcdef0123456789abcdef"
    assert (known["made by"], known["command"]) == ("motilens 0.1.0", "motilens evaluate DATA --methods all --out RUN")


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"dead_channels": ("feature 0",)}, "Some autoencoders have dead channels (paper-I4 fold 1)"),
        ({"motion_r2": -0.2}, "The autoencoders of paper-I4 reconstruct next to nothing of the motion in some fold"),
    ],
)
def test_an_autoencoder_that_trained_badly_is_mentioned(update: dict[str, object], words: str) -> None:
    result = a_result()
    assert about_autoencoders(result) == ()
    jobs = list(result.jobs)
    k = next(k for k, job in enumerate(jobs) if job.method == "paper-I4")
    scores = jobs[k].autoencoder
    assert scores is not None
    jobs[k] = jobs[k].model_copy(update={"autoencoder": scores.model_copy(update=update)})
    (sentence,) = about_autoencoders(result.model_copy(update={"jobs": jobs}))
    assert sentence.startswith(words)
