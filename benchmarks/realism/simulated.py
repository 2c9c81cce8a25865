"""The simulated side, made by this command where none is named: as many participants as real ones, filmed alike.

With ``--tracks`` and ``--labels`` cells go along the annotated tracks of the same participants, so motion and number of
cells are the real ones and what differs is the look. Without, participants are drawn as ``motilens simulate`` does.

VISEM's clips at hand have been through a camera's MJPEG and then, as far as the files say, through H.264 with x264's
default settings, VISEM-Tracking's cut clips twice. A codec leaves its marks in every pixel, so simulated videos go the
same way before they are compared: MJPEG at VISEM's 42 kB a frame, then ``--recode`` times H.264.
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from motilens.errors import InputError
from motilens.simulate.along_tracks import simulate_along_tracks
from motilens.simulate.dataset import simulate_dataset
from motilens.video.reader import VideoReader

from .boxes import participant_of

MJPEG_QUALITY = 2
"""About 42 kB a frame of 640 x 480."""

_X264 = {"crf": "23", "preset": "medium"}
_LIMITED = np.rint(16 + np.arange(256) * 219 / 255).astype(np.uint8)


def make_simulated(
    out: Path, real: list[Path], *, seconds: float, seed: int, recode: int, tracks: Path | None, labels: Path | None
) -> list[Path]:
    """Simulate into ``out`` and encode as the real clips were.

    Args:
        out: an empty folder, or one of an earlier call.
        real: the real videos; names that begin with a participant's number say whose tracks to follow.
        seconds: length of a drawn video; videos along tracks are as long as these.
        seed: of all random draws.
        recode: how often H.264 is applied.
        tracks: annotated tracks, or None.
        labels: the laboratory's values of the same participants, with ``tracks``.

    Raises:
        InputError: one of tracks and labels without the other.
    """
    if (tracks is None) != (labels is None):
        raise InputError("one of --tracks and --labels came; allowed: both or none; name the other")
    drawn = out / "drawn"
    if tracks is not None and labels is not None:
        ids = [number for path in real if (number := participant_of(path)) is not None]
        simulate_along_tracks(
            drawn, tracks=tracks, labels=labels, only=ids, codec="mjpeg", quality=MJPEG_QUALITY, seed=seed
        )
    else:
        simulate_dataset(
            drawn, participants=max(len(real), 4), seconds=seconds, codec="mjpeg", quality=MJPEG_QUALITY, seed=seed
        )
    return [recoded(path, out / "encoded", recode) for path in sorted((drawn / "videos").glob("*.avi"))]


def recoded(path: Path, folder: Path, times: int) -> Path:
    """Send a video through H.264 so many times; 0 leaves it as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(times):
        target = folder / f"{path.stem.removesuffix(f'_h264x{number}')}_h264x{number + 1}.mp4"
        if not target.exists():
            temporary = target.with_suffix(".part")
            _encode(path, temporary)
            temporary.rename(target)
        path = target
    return path


def _encode(source: Path, target: Path) -> None:
    with VideoReader(source) as reader, av.open(str(target), "w", format="mp4") as container:
        rate = Fraction(reader.survey.info.fps_hz).limit_denominator(1000)
        stream = container.add_stream("libx264", rate=rate, options=_X264)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = reader.survey.info.width_px, reader.survey.info.height_px
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for number, frame in enumerate(reader):
            luma = _LIMITED[frame.grey()]
            grey = np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)
            picture = av.VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
