from pathlib import Path

import pytest

from motilens.data.dataset import Dataset, open_dataset
from motilens.errors import DataError, MismatchError
from motilens.files import fingerprint
from motilens.predictors.bundle import load_model
from motilens.predictors.origin import Origin
from motilens.progress import Silent
from motilens.validation.samples import predict_samples, unseen_participants
from tests.recordings.films import write_broken
from tests.validation.laboratories import alternating, make_laboratory, make_model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_laboratory(tmp_path / "data", *alternating(5))


def origin(path: Path, **changes: object) -> Origin:
    return load_model(make_model(path, **changes)).predictor.origin  # pyright: ignore[reportArgumentType]


def unseen(data: Path, of: Origin) -> tuple[list[str], list[str]]:
    labels, left_out = unseen_participants(open_dataset(data), "motility", of)
    return list(labels), [line.name for line in left_out]


def test_who_was_trained_on_is_left_out_under_any_name_and_in_any_folder(data: Path, tmp_path: Path) -> None:
    videos = data / "videos"
    seen = (fingerprint(videos / "1_b.avi"), fingerprint(videos / "3_a.avi"))  # one of the two recordings of 1
    (videos / "3_a.avi").rename(videos / "3_renamed.avi")
    assert unseen(data, origin(tmp_path / "model", fits=True, trained_on=seen)) == (
        ["2", "4", "5"],
        ["participant 1", "participant 3"],
    )


def test_participants_of_other_data_with_the_same_ids_are_others(data: Path, tmp_path: Path) -> None:
    """The model was fitted to participants 1, 2 and 10, of other videos."""
    assert unseen(data, origin(tmp_path / "model", fits=True, trained_on=("0" * 32,))) == (list("12345"), [])


def test_a_model_that_does_not_say_what_it_saw_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(MismatchError, match="the model does not say on which videos it was trained.*train it again"):
        unseen(data, origin(tmp_path / "model", fits=True))


def test_too_few_are_left(data: Path, tmp_path: Path) -> None:
    seen = tuple(fingerprint(data / "videos" / f"{k}_a.avi") for k in (1, 2, 4))
    with pytest.raises(
        DataError,
        match=r"2 participants with motility that the model has not seen; the model was trained on 3 others \(1, 2, 4\)"
        "; allowed: at least 3, and 30 to show anything; give other samples",
    ):
        unseen(data, origin(tmp_path / "model", fits=True, trained_on=seen))


def test_replicates_are_joined_and_what_cannot_be_used_is_listed(data: Path, tmp_path: Path) -> None:
    write_broken(data / "videos" / "1_c.avi")
    write_broken(data / "videos" / "2_a.avi")
    dataset: Dataset = open_dataset(data)
    samples, left_out = predict_samples(
        dataset, dataset.labels("motility"), load_model(make_model(tmp_path / "model")), progress=Silent()
    )
    assert [sample.participant for sample in samples] == ["1", "3", "4", "5"]
    assert [line.name for line in left_out] == ["videos/1_c.avi", "videos/2_a.avi"]
    assert all("not a video" in line.reason for line in left_out)
    first = samples[0]
    assert len(first.recordings) == 3 and len(first.results_pct) == 2
    assert first.predicted_pct == pytest.approx((20, 10, 70))
    assert first.laboratory_pct == (19, 10, 71)
