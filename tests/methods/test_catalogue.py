import pytest

from motilens.errors import InputError
from motilens.methods import catalogue
from motilens.methods.catalogue import METHODS, find_methods
from motilens.methods.names import METHOD_NAMES


def test_every_method_that_there_is_has_its_name_in_the_list() -> None:
    assert tuple(METHODS) == METHOD_NAMES
    assert sorted(m.name for m in catalogue._ALL) == sorted(METHOD_NAMES)


def test_methods_come_in_the_order_of_tables_and_once() -> None:
    assert [m.name for m in find_methods(["moments", "mean", "moments"])] == ["mean", "moments"]


def test_groups_stand_for_several() -> None:
    assert {m.name for m in find_methods(["cheap"])} == {
        "mean", "median", "count", "count-lab", "tracks-bow", "tracks-physics",
    }  # fmt: skip
    assert len(find_methods(["cheap", "costly"])) == len(find_methods(["all"])) == len(METHOD_NAMES)


def test_a_name_that_does_not_exist_is_told_with_all_that_do() -> None:
    with pytest.raises(InputError, match="no method 'I4', 'momments'; allowed: all, cheap, costly, mean, .*cnn3d"):
        find_methods(["mean", "I4", "momments"])
    with pytest.raises(InputError, match="no method asked for; allowed: all"):
        find_methods([])
