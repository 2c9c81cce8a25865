"""Packet logs made by hand, for functions that number and time frames."""

from collections.abc import Collection, Sequence

from motilens.video.decode import PacketLog


def make_log(
    pts: Sequence[int | None], dts: Sequence[int | None] | None = None, *, hidden: Collection[int] = ()
) -> PacketLog:
    """A log of packets with these stamps; those of decoding are the same by default."""
    return PacketLog(pts=list(pts), dts=list(pts if dts is None else dts), hidden=set(hidden))
