from motilens.config import preset
from motilens.data.values import Fold
from motilens.evaluation.cells import FoldPlan

FOLD = Fold(fold=1, train_ids=("1", "2", "3"), test_ids=("4", "5"))


def test_as_released_never_fits_to_those_who_test_whatever_the_settings() -> None:
    # There the test participants choose the epoch; settings that choose none would train on them.
    released = FoldPlan(FOLD, FOLD.train_ids, FOLD.test_ids, refit=False, seed=4)
    settings = preset("benchmark", "I4")
    assert not settings.regressor.choose_epoch
    seeded = released.seeded(settings)
    assert seeded.regressor.choose_epoch and not seeded.regressor.refit
    assert seeded.seed == 4


def test_as_described_keeps_the_settings() -> None:
    described = FoldPlan(FOLD, ("1", "2"), ("3",), refit=True, seed=4)
    assert described.seeded(preset("benchmark", "I4")).regressor == preset("benchmark", "I4").regressor
