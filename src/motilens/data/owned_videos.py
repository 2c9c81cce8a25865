"""Assigns videos to participants; what stays without the other is listed by name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from motilens.data.names import listed, naturally, parse_video_name
from motilens.data.participants import LeftOut
from motilens.data.visem import ParticipantTable


@dataclass(frozen=True)
class OwnedVideos:
    """Videos assigned to participants.

    Attributes:
        videos: video ids by participant, one or more each, all in natural order.
        left_out: videos without a participant, participants without a video, and rows that are no participants.
    """

    videos: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]


def assign_videos(table: ParticipantTable, video_ids: Iterable[str]) -> OwnedVideos:
    """Assign videos to participants; several videos of one participant are replicates.

    Args:
        table: the participants.
        video_ids: file names without ending.
    """
    videos: dict[str, list[str]] = {}
    left_out: list[LeftOut] = []
    for video_id in naturally(video_ids):
        participant = table.participant_of(video_id)
        if participant is None:
            left_out.append(LeftOut(name=video_id, reason=f"no label: {_why_nobody(table, video_id)}"))
        elif participant in table.excluded:
            left_out.append(LeftOut(name=video_id, reason=f"participant {participant} was excluded"))
        else:
            videos.setdefault(participant, []).append(video_id)
    for participant in table.rows:
        if participant not in videos:
            left_out.append(LeftOut(name=f"participant {participant}", reason=f"a row in {table.source}, but no video"))
    for name, participant in _missing_replicates(table, videos):
        left_out.append(
            LeftOut(name=name, reason=f"videos.csv names it for participant {participant}, but it is missing")
        )
    for name in table.summaries:
        left_out.append(LeftOut(name=f"row {name}", reason=f"a summary in {table.source}, not a participant"))
    return OwnedVideos({i: tuple(videos[i]) for i in naturally(videos)}, tuple(left_out))


def _missing_replicates(table: ParticipantTable, videos: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Videos that ``videos.csv`` names and the folder lacks, of participants who have another one."""
    if table.videos is None:
        return
    found = {table.videos.find(video_id) for own in videos.values() for video_id in own}
    for name in naturally(table.videos.participants):
        participant = table.participant_of(name)
        if participant is not None and participant in videos and name not in found:
            yield name, participant


def _why_nobody(table: ParticipantTable, video_id: str) -> str:
    """Why a video belongs to no participant of the table."""
    several = table.owners_of(video_id)
    if table.videos is None:
        if several:
            return f"its name fits participants {listed(several)}; say in videos.csv whose it is"
        wanted = parse_video_name(video_id).participant
        return (
            f"{table.source} has no row with ID {wanted}"
            if wanted
            else "its name does not start with a participant's ID"
        )
    name = table.videos.find(video_id)
    if name is None:
        return "videos.csv does not name it"
    wanted = table.videos.participants[name]
    if several:
        return f"its ID in videos.csv, {wanted}, fits participants {listed(several)}; write one of these there"
    return f"{table.source} has no row with ID {wanted}"
