"""Makes two pictures of each interlaced one, by FFmpeg's filter bwdif (Yadif with cubic interpolation)."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.error
import av.filter

from motilens.video.decode import Decoded

_TIME_BASE = Fraction(1, 1000)


def fields(frames: Iterator[Decoded]) -> Iterator[Decoded]:
    """Turn each frame into two, one for each field; both carry the number of the frame's packet.

    Args:
        frames: interlaced frames, all of one size and pixel format; those of another are dropped.
    """
    graph: av.filter.Graph | None = None
    shape = None
    sources: list[int] = []
    for packet, picture in frames:
        if graph is None:
            shape = (picture.width, picture.height, picture.format.name)
            graph = _graph(picture)
        if (picture.width, picture.height, picture.format.name) != shape:
            continue
        picture.pts, picture.time_base = len(sources), _TIME_BASE
        sources.append(packet)
        graph.push(picture)
        yield from _pulled(graph, sources)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph, sources)


def _graph(picture: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add_buffer(width=picture.width, height=picture.height, format=picture.format, time_base=_TIME_BASE)
    graph.link_nodes(source, graph.add("bwdif", "mode=send_field:parity=auto:deint=all"), graph.add("buffersink"))
    graph.configure()
    return graph


def _pulled(graph: av.filter.Graph, sources: list[int]) -> Iterator[Decoded]:
    while True:
        try:
            picture = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(picture, av.VideoFrame) and picture.pts is not None:
            yield Decoded(sources[min(picture.pts // 2, len(sources) - 1)], picture)
