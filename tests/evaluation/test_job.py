"""One job of an evaluation, with a method made for the test."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import motilens.evaluation.job
from motilens.config import MethodSettings, ReadingConfig, Target, preset
from motilens.data.dataset import Dataset
from motilens.data.folds import Fold
from motilens.data.visem import LabRow, ParticipantTable
from motilens.errors import FoldError
from motilens.evaluation.job import JobContext, job_plans, predict_participant, run_jobs
from motilens.evaluation.protocol import FoldPlan
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import Job
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.predictors.bundle import load_predictor
from motilens.predictors.line import LinePredictor
from motilens.predictors.origin import Fit, Origin
from motilens.recordings.recording import Recording
from tests.predictors import made
from tests.recordings.fakes import FakeRecording

FOLD = Fold(fold=2, train_ids=("1", "2", "3"), test_ids=("4", "5"))

BOTH: tuple[Target, Target] = ("motility", "morphology")

LAB = {
    "1": LabRow("1", (10.0, 20.0, 70.0), (90.0, 10.0, 10.0)),
    "2": LabRow("2", (40.0, 20.0, 40.0)),
    "3": LabRow("3", (70.0, 26.0, 4.0)),
    "4": LabRow("4", (50.0, 20.0, 30.0), (80.0, 20.0, 5.0)),
    "5": LabRow("5", (60.0, 20.0, 20.0)),
    "6": LabRow("6", (60.0, 20.0, 20.0)),
}


@pytest.fixture
def dataset() -> Dataset:
    """Six participants; the fourth has two recordings, in which 1 and 3 cells are seen."""
    recordings: dict[str, tuple[Recording, ...]] = {i: (FakeRecording(f"{i}_a", cells_seen=1),) for i in LAB}
    recordings["4"] = (FakeRecording("4_a", cells_seen=1), FakeRecording("4_b", cells_seen=3))
    return Dataset(ParticipantTable("table.csv", LAB, {}, None, ()), recordings, ())


def request(out: Path, *targets: Target, keep_models: bool = False) -> EvaluationRequest:
    return EvaluationRequest(out / "data", out, ("mean",), targets or ("motility",), keep_models=keep_models)


def plan(*, epoch_ids: tuple[str, ...] | None = None, fold: Fold = FOLD) -> FoldPlan:
    return FoldPlan("tried", 1, fold, preset("demo", seed=5), epoch_ids)


Seen = list[tuple[TrainingSet, MethodSettings]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What a method was handed that predicts 50 + 10 log2(cells + 1), 20 and 30."""
    found: Seen = []

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> LinePredictor:
        found.append((training, settings))
        (workspace.folder / "checkpoint").write_text("half", encoding="utf-8")
        origin = Origin(
            method="tried",
            target=training.target,
            settings=settings,
            fits=(Fit(what="all", ids=training.ids),),
            n_parameters=7,
            notes=("said",),
        )
        return replace(made.line(), origin=origin, slope_pct=np.array([10 / np.log(2), 0, 0]))

    method = Method("tried", "for this test", "cheap", (), fit)
    monkeypatch.setitem(motilens.evaluation.job.METHODS, "tried", method)
    return found


def run(dataset: Dataset, asked: EvaluationRequest, tried: FoldPlan) -> list[Job]:
    jobs = job_plans(tried, asked.targets, dataset)
    run_jobs(jobs, JobContext(asked, dataset))
    found = [job.read(asked.out) for job in jobs]
    return [job for job in found if job is not None]


def test_a_job_holds_every_test_participant_and_where_it_comes_from(
    dataset: Dataset, seen: Seen, tmp_path: Path
) -> None:
    (job,) = run(dataset, request(tmp_path), plan())
    assert (job.method, job.target, job.repeat, job.fold, job.seed) == ("tried", "motility", 1, 2, 5)
    assert (job.n_parameters, job.notes, job.fits) == (7, ("said",), (Fit(what="all", ids=("1", "2", "3")),))
    four, five = job.predictions
    assert (four.participant, five.participant) == ("4", "5")
    assert five.predicted_pct == pytest.approx((60, 20, 30))
    assert job.costs is not None and job.costs.fit_wall_s > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs", "work"]
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == ["tried-r1-f2-motility.json"]
    assert list((tmp_path / "work").iterdir()) == []


def test_replicates_are_predicted_one_by_one_and_averaged(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    (job,) = run(dataset, request(tmp_path), plan())
    four = job.predictions[0]
    assert four.n_parts == 2
    assert four.predicted_pct == pytest.approx((65, 20, 30))  # 60 and 70
    assert four.sd_pct == pytest.approx((5, 0, 0))
    assert four.part_error_pct == pytest.approx((15, 0, 0))  # the label is 50


def test_recordings_count_alike_however_many_parts_they_have() -> None:
    predictor = made.image_cnn("moments")
    one = made.fake_recording(0)
    other = FakeRecording("1_b", np.concatenate([made.fake_recording(k).pixels for k in (1, 2, 3)]))
    joined = predict_participant(predictor, "1", [one, other], made.MEAN_PCT)
    each = [predictor.predict(recording) for recording in (one, other)]
    parts = np.concatenate([prediction.parts_pct for prediction in each])
    assert joined.n_parts == len(parts) == 8
    assert joined.predicted_pct == pytest.approx(np.mean([prediction.predicted_pct for prediction in each], axis=0))
    assert joined.sd_pct == pytest.approx(parts.std(axis=0))
    assert joined.part_error_pct == pytest.approx(np.abs(parts - made.MEAN_PCT).mean(axis=0))


def test_a_method_is_handed_training_participants_alone(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    _, morphology = run(dataset, request(tmp_path, *BOTH), plan())
    (first, settings), (second, _) = seen
    assert settings == preset("demo", seed=5)
    assert (first.target, second.target) == BOTH
    assert set(first.recordings) == set(first.labels) == {"1", "2", "3"}
    # Only those who have the target train for it and are tested for it.
    assert set(second.recordings) == set(second.labels) == {"1"}
    assert [prediction.participant for prediction in morphology.predictions] == ["4"]
    # Inner splits of both targets are stratified alike, so that they can share an autoencoder.
    assert first.stratify_by == second.stratify_by == {"1": 10, "2": 40, "3": 70}
    assert first.epoch_ids is None


def test_as_released_those_who_test_choose_the_epoch(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    run(dataset, request(tmp_path), plan(epoch_ids=FOLD.test_ids))
    ((training, _),) = seen
    assert training.epoch_ids == FOLD.test_ids
    assert training.ids == FOLD.train_ids
    assert set(training.recordings) == set(training.labels) == {*FOLD.train_ids, *FOLD.test_ids}


def test_a_fold_without_labels_is_refused(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    nobody = Fold(fold=2, train_ids=("1", "2", "3"), test_ids=("5", "6"))
    with pytest.raises(
        FoldError, match="fold 2 of repeat 1 has 1 training and 0 test participants with morphology labels; allowed: at"
    ):
        run(dataset, request(tmp_path, "morphology"), plan(fold=nobody))
    assert not (tmp_path / "jobs").exists()


def test_half_a_fit_is_thrown_away(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    left = tmp_path / "work" / "tried-r1-f2" / "checkpoint of a run that was killed"
    left.parent.mkdir(parents=True)
    left.write_text("half", encoding="utf-8")
    found: list[bool] = []

    class Looking(FakeRecording):
        def cells_seen(self, config: object) -> float:
            found.append(left.exists())
            return 1.0

    looking = replace(dataset, recordings={**dataset.recordings, "5": (Looking("5_a"),)})
    run(looking, request(tmp_path), plan())
    assert found == [False]


def test_models_are_kept_where_that_was_asked_for(dataset: Dataset, seen: Seen, tmp_path: Path) -> None:
    (job,) = run(dataset, request(tmp_path, keep_models=True), plan())
    predictor = load_predictor(tmp_path / "models" / "tried-r1-f2-motility")
    trained_on = {recording.video.content for i in FOLD.train_ids for recording in dataset.recordings[i]}
    assert set(predictor.origin.trained_on) == trained_on
    five = predictor.predict(dataset.recordings["5"][0])
    assert job.predictions[1].predicted_pct == pytest.approx(five.predicted_pct)


def with_recording(dataset: Dataset, i: str, change: Callable[[Recording], None]) -> Dataset:
    """A data set with one recording changed."""
    recording = FakeRecording(f"{i}_a", cells_seen=1)
    change(recording)
    return replace(dataset, recordings={**dataset.recordings, i: (recording,)})


def test_a_job_is_kept_for_what_it_was_made_from_and_for_nothing_else(
    dataset: Dataset, seen: Seen, tmp_path: Path
) -> None:
    run(dataset, request(tmp_path), plan())

    def is_done(
        data: Dataset = dataset, tried: FoldPlan | None = None, targets: tuple[Target, ...] = ("motility",)
    ) -> bool:
        return job_plans(tried or plan(), targets, data)[0].read(tmp_path) is not None

    def relabelled(i: str) -> Dataset:
        rows = {**LAB, i: replace(LAB[i], motility=(0.0, 0.0, 100.0))}
        return replace(dataset, table=replace(dataset.table, rows=rows))

    def fingerprint(recording: Recording) -> None:
        recording.video = replace(recording.video, reading=ReadingConfig(fps_hz=100.0))

    def cache(recording: Recording) -> None:
        recording.cache = tmp_path / "cache"

    def um_per_px(recording: Recording) -> None:
        recording.um_per_px = 0.5

    def concentration(recording: Recording) -> None:
        recording.concentration = 40.0

    assert is_done()
    assert is_done(with_recording(dataset, "1", cache))
    # The sixth takes no part in this fold.
    assert is_done(relabelled("6")) and is_done(with_recording(dataset, "6", fingerprint))
    for i in ("1", "5"):
        assert not is_done(relabelled(i)), i
        for change in (fingerprint, um_per_px, concentration):
            assert not is_done(with_recording(dataset, i, change)), (i, change.__name__)
    assert not is_done(replace(dataset, recordings={**dataset.recordings, "4": dataset.recordings["4"][:1]}))
    assert not is_done(tried=replace(plan(), settings=preset("demo", seed=6)))
    assert not is_done(tried=plan(epoch_ids=FOLD.test_ids))
    assert not is_done(tried=plan(fold=FOLD.model_copy(update={"test_ids": ("4",)})))
    assert not is_done(targets=BOTH)
