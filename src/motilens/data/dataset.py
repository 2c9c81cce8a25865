"""Recordings of participants joined with the laboratory's values.

Only videos that are in the folder now are used; what an earlier run made from a video that has since been removed is
ignored. A participant may have several recordings (replicates); labels belong to participants.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from motilens.config import TARGET_NAMES, ReadingConfig, StackConfig, Target
from motilens.data.fold_sources import FoldRequest, choose_folds
from motilens.data.folds import Folds
from motilens.data.names import parse_video_name
from motilens.data.owned_videos import assign_videos
from motilens.data.participants import LeftOut, Participant
from motilens.data.visem import ParticipantTable, read_participants
from motilens.errors import DataError
from motilens.files import digest_of
from motilens.recordings.recording import Recording
from motilens.video.source import VideoFile, find_videos


@dataclass(frozen=True)
class Dataset:
    """Participants with their recordings and laboratory values. Created by ``open_dataset``.

    Attributes:
        table: the laboratory's values.
        recordings: recordings by participant, one or more each, in natural order.
        left_out: recordings and rows of the table that are not used, with the reason.
    """

    table: ParticipantTable
    recordings: Mapping[str, tuple[Recording, ...]]
    left_out: tuple[LeftOut, ...]

    def __repr__(self) -> str:
        n = len(self.all_recordings)
        return f"Dataset({len(self.recordings)} participants, {n} recordings, {len(self.left_out)} left out)"

    @property
    def participants(self) -> tuple[str, ...]:
        """Participants that have a recording and a row in the table, in natural order."""
        return tuple(self.recordings)

    @property
    def all_recordings(self) -> tuple[Recording, ...]:
        """The recordings of all participants."""
        return tuple(recording for own in self.recordings.values() for recording in own)

    def labels(self, target: Target) -> dict[str, np.ndarray]:
        """Three percentages by participant, (3,) float64; participants without this target are left out.

        Raises:
            LabelError: the table lacks one of the target's columns.
            DataError: no participant has this target.
        """
        known = self.table.labels(target)
        found = {i: np.array(known[i], dtype=np.float64) for i in self.participants if i in known}
        if not found:
            raise DataError(
                f"{self.table.source} has no {target} of any participant with a video; ask for the other target"
            )
        return found

    def unlabelled(self, target: Target) -> tuple[LeftOut, ...]:
        """Participants without a given target, because the table does not report it for them."""
        labels, names = self.labels(target), ", ".join(TARGET_NAMES[target])
        return tuple(
            LeftOut(name=f"participant {i}", reason=f"{target} not reported in {self.table.source} ({names})")
            for i in self.participants
            if i not in labels
        )

    def summaries(self, config: StackConfig) -> tuple[Participant, ...]:
        """Recordings, stacks, cells seen, assessor and concentration of each participant.

        Args:
            config: the stacks in which cells are counted; every recording must be usable with it.
        """
        return tuple(
            Participant(
                participant=i,
                recordings=tuple(recording.video_id for recording in own),
                n_stacks=sum(recording.stack_record(config).n_stacks for recording in own),
                cells_seen=float(np.mean([recording.cells_seen(config) for recording in own])),
                assessor=next((a for r in own if (a := parse_video_name(r.video_id).assessor)), None),
                concentration=self.table.rows[i].concentration,
            )
            for i, own in self.recordings.items()
        )

    def without(self, unusable: Mapping[str, str]) -> "Dataset":
        """The data set without some recordings.

        Args:
            unusable: reason by video id.

        Raises:
            DataError: no recording is left.
        """
        left = {i: tuple(r for r in own if r.video_id not in unusable) for i, own in self.recordings.items()}
        lost = [LeftOut(name=video_id, reason=reason) for video_id, reason in unusable.items()]
        smaller = replace(self, recordings={i: own for i, own in left.items() if own}, left_out=(*self.left_out, *lost))
        smaller.check_not_empty()
        return smaller

    def check_not_empty(self) -> None:
        """Raise DataError, with the first reasons, if there is no participant."""
        if not self.recordings:
            reasons = "; ".join(f"{line.name}: {line.reason}" for line in self.left_out[:3])
            raise DataError(
                f"no video can be used with {self.table.source}: {reasons}; "
                "allowed: videos named as VISEM's, or named in videos.csv"
            )

    def choose_folds(self, data: Path, *, choice: str | None = None, n_folds: int = 3, seed: int = 0) -> Folds:
        """Folds over these participants; see ``fold_sources.choose_folds``."""
        order_by = {i: row.motility[0] if row.motility else math.nan for i, row in self.table.rows.items()}
        request = FoldRequest(self.participants, self.table.known_ids, self.table.participant_of, order_by)
        return choose_folds(request, data=data, choice=choice, n_folds=n_folds, seed=seed)

    @cached_property
    def fingerprint(self) -> str:
        """Hash over the recordings' fingerprints and the laboratory's values; independent of paths."""
        return digest_of(
            [
                [i, [[r.video_id, r.fingerprint] for r in own], row.motility, row.morphology, row.concentration]
                for i, own in self.recordings.items()
                for row in (self.table.rows[i],)
            ]
        )


def open_dataset(
    data: Path,
    *,
    exclude: Collection[str] = (),
    cache: Path | None = None,
    um_per_px: Callable[[str], float | None] = lambda participant: None,
    reading: ReadingConfig | None = None,
    read_ahead: bool = True,
) -> Dataset:
    """Find the recordings of a folder and join them with its table.

    Args:
        data: a folder in VISEM's format.
        exclude: IDs of participants to leave out.
        cache: where stacks and tracks are kept; None keeps them in memory.
        um_per_px: function from a participant to the width of a pixel in um; None where it is not known.
        reading: how all videos are read; None for the defaults.
        read_ahead: as in ``Recording``.

    Raises:
        MissingError: the folder does not exist, or has no table or no video.
        LabelError: a row or column is invalid.
        DataError: no video belongs to a participant.
        InputError: ``exclude`` names a participant who is not in the table.
    """
    table = read_participants(data, exclude=exclude)
    files = {video.video_id: video for video in find_videos(data, reading).videos}
    owned = assign_videos(table, files)
    files = {video_id: _at_its_rate(video, table) for video_id, video in files.items()}
    dataset = Dataset(
        table,
        {
            i: tuple(
                Recording(
                    files[video_id],
                    um_per_px=um_per_px(i),
                    concentration=table.rows[i].concentration,
                    cache=cache,
                    read_ahead=read_ahead,
                )
                for video_id in video_ids
            )
            for i, video_ids in owned.videos.items()
        },
        owned.left_out,
    )
    dataset.check_not_empty()
    return dataset


def _at_its_rate(video: VideoFile, table: ParticipantTable) -> VideoFile:
    """Read a video at the frame rate that ``videos.csv`` gives for it, unless the user gives one for all."""
    listed = None if table.videos is None else table.videos.find(video.video_id)
    fps_hz = None if listed is None else table.fps_hz.get(listed)
    if fps_hz is None or video.reading.fps_hz is not None:
        return video
    return replace(video, reading=video.reading.model_copy(update={"fps_hz": fps_hz}))


def recordings_of(dataset: Dataset, ids: Sequence[str]) -> dict[str, tuple[Recording, ...]]:
    """Recordings of some participants."""
    return {i: dataset.recordings[i] for i in ids}
