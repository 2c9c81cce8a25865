import pytest

from motilens.evaluation.result import CrossValResult
from motilens.report.reading import facts, how_to_read
from motilens.report.scores import judge
from tests.factories import make_result


def said(result: CrossValResult) -> str:
    return " ".join(how_to_read(judge(result)))


def test_a_model_that_beats_the_mean_is_called_better() -> None:
    text = said(make_result())
    assert "Motility: I4 has the lowest error of the models, 2.0 points (95 % 2.0 to 2.0)" in text
    assert "it is better than the training mean (difference \N{MINUS SIGN}11.3 points" in text
    assert "better than the training mean: I4; not told apart from it: I1." in text
    assert "The lowest of 2 is picked after seeing them" in text


def test_a_model_no_better_than_the_mean_is_not_told_apart() -> None:
    text = said(make_result(inputs=("I1",)))
    assert "it is not told apart from the training mean (difference" in text
    assert "is picked after" not in text


def test_a_count_that_does_as_well_is_said() -> None:
    assert "Cell count alone (count and count-lab) does as well on motility" in said(make_result(inputs=("I1",)))
    assert "Cell count alone" not in said(make_result())


def test_without_the_mean_nothing_is_claimed() -> None:
    assert "without the training mean beside it that says little" in said(make_result(baselines=()))


def test_few_participants_are_said() -> None:
    assert "6 participants are too few for any conclusion" in said(make_result())
    assert "12 participants are few" in said(make_result(twins_per_fold=2))
    assert "participants are" not in said(make_result(twins_per_fold=7)).replace("participants as the unit", "")


def test_the_protocol_is_in_words() -> None:
    released, described = make_result(protocol="as-released"), make_result()
    assert (
        "the test fold itself chose the epoch, and fold 1 was used three times"
        in dict(facts(judge(released)))["protocol"]
    )
    assert said(released).startswith("These are not errors to expect on new participants")
    assert "inner split" in dict(facts(judge(described)))["protocol"]
    assert "not errors to expect" not in said(described)


def test_facts_say_where_numbers_come_from() -> None:
    known = dict(facts(judge(make_result())))
    assert known["participants"] == "6 tested, 48 stacks, 1 left out"
    assert known["data fingerprint"] == "0123456789abcdef0123456789abcdef"
    assert known["made by"].startswith("motilens 0.1.0: motilens crossval")


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"dead_channels": ("feature 0",)}, "Some autoencoders have dead channels (I1 fold 1)"),
        ({"test_motion_r2": -0.2}, "The autoencoders of I1 hold next to nothing of the motion"),
    ],
)
def test_a_sick_autoencoder_is_said(update: dict[str, object], words: str) -> None:
    result = make_result()
    assert words not in said(result)
    sick = result.step1[0].model_copy(update=update)
    assert words in said(result.model_copy(update={"step1": (sick, *result.step1[1:])}))
