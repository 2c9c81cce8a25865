import pickle
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import motilens.methods.stack_rows
from motilens.config import StackConfig
from motilens.errors import FoldError, InputError
from motilens.methods.stack_rows import StackRows
from motilens.stacks.stack_batch import StackBatch
from tests.recordings.fakes import FakeRecording
from tests.recordings.films import STACKS

VALUES = [10, 11, 12, 20, 21, 25, 30, 31, 32, 33]
"""Grey values of all rows."""


class CountedRecording(FakeRecording):
    """Counts how often its stacks are read."""

    n_read = 0

    def stacks(self, config: StackConfig, rows: np.ndarray | None = None) -> StackBatch:
        self.n_read += 1
        return super().stacks(config, rows)


def recording(video_id: str, *values: int) -> CountedRecording:
    """One stack for each value, which is that grey all over."""
    pixels = np.broadcast_to(np.array(values, np.uint8)[:, None, None, None], (len(values), 9, 16, 16)).copy()
    return CountedRecording(video_id, pixels)


def people() -> dict[str, list[CountedRecording]]:
    """Three participants, the second with two recordings."""
    return {
        "1": [recording("1_a", 10, 11, 12)],
        "2": [recording("2_a", 20, 21), recording("2_b", 25)],
        "10": [recording("10_a", 30, 31, 32, 33)],
    }


@pytest.fixture(params=[1 << 30, 0], ids=["in memory", "from the recordings"])
def rows(request: pytest.FixtureRequest) -> StackRows:
    return StackRows(people(), STACKS, cache_bytes=request.param)


def test_rows_stand_by_participant_then_recording_then_stack(rows: StackRows) -> None:
    assert rows.participants == ("1", "2", "10")
    assert rows.n_rows == len(VALUES)
    assert rows.rows_of(("10", "1")).tolist() == [6, 7, 8, 9, 0, 1, 2]
    assert rows.rows_of(("2",)).tolist() == [3, 4, 5]
    assert rows.rows_of(()).tolist() == []
    pixels = rows.read(np.arange(len(VALUES)))
    assert (pixels.shape, pixels.dtype) == ((len(VALUES), 9, 16, 16), np.uint8)
    assert pixels[:, 0, 0, 0].tolist() == VALUES


@given(st.lists(st.integers(0, len(VALUES) - 1), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
def test_rows_are_read_in_any_order_any_number_of_times(rows: StackRows, wanted: list[int]) -> None:
    pixels = rows.read(np.array(wanted, dtype=np.int64))
    assert pixels.shape == (len(wanted), 9, 16, 16)
    assert pixels[:, -1, -1, -1].tolist() == [VALUES[row] for row in wanted]


def test_a_copy_for_another_process_takes_no_pixels_along_and_reads_the_same(rows: StackRows) -> None:
    wanted, unread = np.array([8, 0, 4, 5]), len(pickle.dumps(rows))
    before = rows.read(wanted)
    sent = pickle.dumps(rows)
    assert len(sent) < unread + 1000  # the pixels of all rows are 23,040 bytes
    assert np.array_equal(pickle.loads(sent).read(wanted), before)
    assert np.array_equal(rows.read(wanted), before)


def test_what_was_read_belongs_to_the_caller(rows: StackRows) -> None:
    wanted = np.array([0, 1])
    rows.read(wanted)[:] = 99
    assert rows.read(wanted)[:, 0, 0, 0].tolist() == [10, 11]


def test_strangers_and_rows_that_are_not_there_are_refused(rows: StackRows) -> None:
    with pytest.raises(InputError, match="no stacks of 77; allowed: 1, 2, 10"):
        rows.rows_of(("1", "77"))
    with pytest.raises(InputError, match="rows from -1 to 10 asked for; allowed: 0 to 9"):
        rows.read(np.array([-1, 10]))


def test_in_memory_each_recording_is_read_once_and_when_it_is_needed() -> None:
    recordings = people()
    rows = StackRows(recordings, STACKS)
    for _ in range(2):
        rows.read(rows.rows_of(("2",)))
        rows.read(np.array([0, 2]))
    assert {each.video_id: each.n_read for own in recordings.values() for each in own} == {
        "1_a": 1, "2_a": 1, "2_b": 1, "10_a": 0,
    }  # fmt: skip


def test_batches_go_through_all_rows_and_never_mix_recordings(rows: StackRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motilens.methods.stack_rows, "READ_AT_ONCE", 2)
    batches = [(batch.video_id, batch.pixels[:, 0, 0, 0].tolist()) for batch in rows.batches()]
    assert batches == [
        ("1_a", [10, 11]),
        ("1_a", [12]),
        ("2_a", [20, 21]),
        ("2_b", [25]),
        ("10_a", [30, 31]),
        ("10_a", [32, 33]),
    ]


def test_a_participant_without_a_stack_is_refused_and_a_replicate_without_one_is_not() -> None:
    unusable = FakeRecording("2_c", reason="too short")
    with pytest.raises(FoldError, match="training participant 3 has no stack; extract the stacks of its video, or"):
        StackRows({**people(), "3": [unusable]}, STACKS)
    recordings: Mapping[str, Sequence[FakeRecording]] = {
        "1": [recording("1_a", 7)],
        "2": [unusable, recording("2_a", 8)],
    }
    for cache_bytes in (1 << 30, 0):
        rows = StackRows(recordings, STACKS, cache_bytes=cache_bytes)
        assert rows.read(np.arange(2))[:, 0, 0, 0].tolist() == [7, 8]
        assert [batch.video_id for batch in rows.batches()] == ["1_a", "2_a"]


def test_the_digest_follows_videos_owners_order_and_settings() -> None:
    digest = StackRows(people(), STACKS).digest
    assert StackRows(people(), STACKS, cache_bytes=0).digest == digest
    others = [
        StackRows(dict(reversed(people().items())), STACKS),
        StackRows({**people(), "2": people()["2"][:1]}, STACKS),
        StackRows({**people(), "10": [recording("10_b", 30, 31, 32, 33)]}, STACKS),
        StackRows({"3" if i == "10" else i: own for i, own in people().items()}, STACKS),
        StackRows(people(), STACKS.model_copy(update={"rate_hz": 49.0})),
    ]
    assert len({digest, *(other.digest for other in others)}) == 1 + len(others)
