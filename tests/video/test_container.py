"""Opening files: videos whatever they are called, and nothing that would make FFmpeg open another file."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import av
import av.error
import cv2
import numpy as np
import pytest
from av.stream import Disposition

from motilens.config import ReadingConfig
from motilens.errors import MissingError, UndecodableError
from motilens.video.container import opened
from motilens.video.survey import Survey, survey
from tests.video.scenes import make_video, number_in, numbered


def refusal(path: Path) -> str:
    """Why a file is not opened."""
    with pytest.raises(UndecodableError) as caught, opened(path):
        pass
    return str(caught.value)


# --- files that name other files


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a local server, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


PLAYLISTS: dict[str, Callable[[str], str]] = {
    "ffconcat": lambda name: f"ffconcat version 1.0\nfile '{name}'\n",
    "HLS": lambda name: f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{name}\n#EXT-X-ENDLIST\n",
    "DASH": lambda name: (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{name}</BaseURL></Representation></AdaptationSet></Period></MPD>\n'
    ),
    "Smooth Streaming": lambda name: f'<SmoothStreamingMedia MajorVersion="2"><c n="{name}"/></SmoothStreamingMedia>',
    "SDP": lambda name: f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns={name}\r\nm=video 5004 RTP/AVP 96\r\n",
    "AviSynth": lambda name: f'DirectShowSource("{name}")\n',
}


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if FFmpeg is asked to open anything."""

    def refused(*arguments: object, **options: object) -> None:
        raise AssertionError(f"FFmpeg was asked: {arguments} {options}")

    monkeypatch.setattr(av, "open", refused)


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_is_refused_before_ffmpeg_is_asked(tmp_path: Path, kind: str, encoding: str) -> None:
    path = tmp_path / "v.avi"
    path.write_text(PLAYLISTS[kind]("other.avi"), encoding=encoding)
    begins = re.escape(PLAYLISTS[kind]("").lstrip("\ufeff").splitlines()[0][:8])
    assert re.search(rf"^v\.avi is not a video that can be read: it holds text \(it begins .*{begins}", refusal(path))


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_that_does_not_look_like_text_is_not_followed(
    tmp_path: Path, asked: tuple[str, list[str]], kind: str
) -> None:
    """Neither to a file nor into a network: FFmpeg itself is allowed no such format."""
    address, paths = asked
    make_video(tmp_path / "other.avi", 5)
    for name in ("other.avi", str(tmp_path / "other.avi"), f"{address}/other.avi"):
        for encoded in (PLAYLISTS[kind](name).encode() + b"#\1\n", PLAYLISTS[kind](name).encode("utf-16-be")):
            (tmp_path / "v.avi").write_bytes(encoded)
            assert "FFmpeg says" in refusal(tmp_path / "v.avi")
    assert paths == []


def test_the_playlists_of_these_tests_would_be_followed(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    """By FFmpeg without limits: so the tests above would fail without what they test."""
    address, paths = asked
    make_video(tmp_path / "other.avi", 5)
    everything = {"protocol_whitelist": "file,http,tcp", "safe": "0"}
    (tmp_path / "v.avi").write_bytes(PLAYLISTS["ffconcat"]("other.avi").encode() + b"#\1\n")
    with av.open(str(tmp_path / "v.avi"), options=everything) as container:
        assert container.format.name == "concat"
    (tmp_path / "v.avi").write_text(PLAYLISTS["ffconcat"](f"{address}/other.avi"))
    with pytest.raises(av.error.FFmpegError):
        av.open(str(tmp_path / "v.avi"), options=everything)
    assert set(paths) == {"/other.avi"}


def test_a_name_that_is_an_address_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_video(tmp_path / "other.avi", 5)
    monkeypatch.chdir(tmp_path)
    for name in (
        "concat:other.avi|other.avi",
        "file:other.avi",
        "subfile,,start,0,end,0,,:other.avi",
        "http://x/v.avi",
    ):
        with pytest.raises(MissingError, match=re.escape(f"no such file: {Path(name)}; name a video that exists")):
            survey(Path(name))


@pytest.mark.parametrize(
    "name",
    [
        "2024-01-02T10:30:00.avi",
        "concat:a.avi|b.avi",
        "file:a.avi",
        "pipe:0",
        "img%03d.avi",
        "100%.avi",
        "-i.avi",
        "a\nb.avi",
        "a b'c\"d.avi",
        "患者.avi",
        "*.avi",
        "~.avi",
    ],
)
def test_a_video_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    make_video(tmp_path / "v.avi", 5).rename(tmp_path / name)
    make_video(tmp_path / "img001.avi", 9)  # what a pattern of names would find
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / name, Path(name)):
        assert len(survey(path).number) == 5


# --- what is no regular file


@pytest.mark.usefixtures("unasked")
def test_pipes_devices_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.avi")
    (tmp_path / "folder.avi").mkdir()
    assert refusal(tmp_path / "pipe.avi") == "pipe.avi is a pipe or a device, not a file; name a video file"
    assert refusal(Path("/dev/null")) == "null is a pipe or a device, not a file; name a video file"
    assert refusal(tmp_path / "folder.avi").endswith("folder.avi is a folder, not a video; name a file in it")


def test_links(tmp_path: Path) -> None:
    make_video(tmp_path / "v.avi", 5)
    (tmp_path / "good.avi").symlink_to("v.avi")
    (tmp_path / "dangling.avi").symlink_to("nothing.avi")
    (tmp_path / "loop.avi").symlink_to("loop.avi")
    assert len(survey(tmp_path / "good.avi").number) == 5
    for name in ("dangling.avi", "loop.avi"):
        with pytest.raises(MissingError, match=rf"{name} is a link to a file that does not exist; restore the file"):
            survey(tmp_path / name)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and a process that may read in it only what everyone may."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_anyone(read: Callable[[], object]) -> None:
    """Call a function without a superuser's rights."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        read()
    finally:
        os.seteuid(user)


def test_what_may_not_be_read_is_said(unprivileged: Path) -> None:
    path = make_video(unprivileged / "v.avi", 5)
    path.chmod(0)
    with pytest.raises(UndecodableError, match=r"v\.avi may not be read \(Permission denied\); change its permissions"):
        as_anyone(lambda: survey(path))
    (unprivileged / "closed").mkdir(mode=0o700)
    make_video(unprivileged / "closed/v.avi", 5)
    (unprivileged / "closed").chmod(0)
    words = r"closed/v\.avi is in a folder that may not be read; change its permissions"
    with pytest.raises(UndecodableError, match=words):
        as_anyone(lambda: survey(unprivileged / "closed/v.avi"))
    (unprivileged / "closed").chmod(0o700)


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "v.avi").touch()
    assert refusal(tmp_path / "v.avi") == "v.avi is not a video that can be read: the file is empty"


# --- images


PHOTOGRAPH = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)


@pytest.mark.parametrize("name", ["p.avi", ""])
@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp", "jp2"])
def test_a_photograph_is_no_video(tmp_path: Path, ending: str, name: str) -> None:
    path = tmp_path / f"p.{ending}"
    assert cv2.imwrite(str(path), PHOTOGRAPH)
    path = path.rename(tmp_path / (name or path.name))
    assert refusal(path) == f"{path.name} is not a video that can be read: it is a single image"


@pytest.mark.parametrize("name", ["p.tif", "p.avi"])
def test_an_image_of_several_pages_says_how_to_go_on(tmp_path: Path, name: str) -> None:
    assert cv2.imwritemulti(str(tmp_path / "p.tif"), [PHOTOGRAPH] * 5)
    (tmp_path / "p.tif").rename(tmp_path / name)
    words = "it is an image of 5 pages; save it as an AVI, for example with ImageJ"
    assert refusal(tmp_path / name) == f"{name} is not a video that can be read: {words}"


def test_an_animated_gif_is_read(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "v.gif"), "w") as out:
        stream = out.add_stream("gif", rate=50)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = 96, 128, "gray"
        for pixels in numbered(20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gray")))
        out.mux(stream.encode(None))
    found = survey(tmp_path / "v.gif")
    assert (found.info.codec, found.info.fps_hz, len(found.number)) == ("gif", 50.0, 20)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "v.mkv"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    assert refusal(tmp_path / "v.mkv") == "v.mkv is not a video that can be read: it has no video stream"


def test_what_is_cut_off_before_its_index_says_so(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.mp4", 20, codec="h264")
    content = path.read_bytes()
    path.write_bytes(content[:20] + content[content.index(b"moov") + 4 :])
    assert refusal(path).endswith("its index may be cut off, so copy it again from where it came")


# --- choice of the stream


def write_streams(path: Path, *streams: tuple[int, int], picture: int | None = None) -> Path:
    """A file of several MJPEG streams, each a number of frames of a height; one may be an attached picture."""
    with av.open(str(path), "w") as out:
        made = []
        for number, (_, height) in enumerate(streams):
            stream = out.add_stream("mjpeg", rate=50)
            assert isinstance(stream, av.VideoStream)
            stream.height, stream.width, stream.pix_fmt = height, 128, "yuvj420p"
            stream.codec_context.qmin = stream.codec_context.qmax = 2
            if number == picture:
                stream.disposition = Disposition.attached_pic
            made.append(stream)
        for at in range(max(n for n, _ in streams)):
            for stream, (n_frames, height) in zip(made, streams, strict=True):
                if at < n_frames:
                    (pixels,) = list(numbered(at + 1, height=height))[at:]
                    frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuvj420p")
                    frame.pts, frame.time_base = at, Fraction(1, 50)
                    out.mux(stream.encode(frame))
        for stream in made:
            out.mux(stream.encode(None))
    return path


def read(path: Path, stream: int | None = None) -> Survey:
    return survey(path, ReadingConfig(stream=stream))


def test_a_thumbnail_in_front_is_passed_over(tmp_path: Path) -> None:
    found = read(write_streams(tmp_path / "v.mkv", (1, 48), (20, 96)))
    assert (found.info.stream, found.info.height_px, len(found.number), found.problems) == (1, 96, 20, ())


def test_a_cover_picture_is_passed_over(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "v.mp4", (1, 960), (20, 96), picture=0)
    with opened(path) as container:
        assert [stream.disposition for stream in container.streams.video].count(Disposition.attached_pic) == 1
    found = read(path)
    assert (found.info.height_px, len(found.number), found.problems) == (96, 20, ())


def test_a_video_with_single_pictures_around_it_is_found(tmp_path: Path) -> None:
    found = read(write_streams(tmp_path / "v.mkv", (1, 960), (1, 96), (20, 96), (1, 480)))
    assert (found.info.stream, len(found.number), found.problems) == (2, 20, ())


def test_of_several_videos_one_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "v.mkv", (20, 48), (20, 96), (20, 144))
    for wanted in (0, 1, 2):
        found = read(path, wanted)
        assert (found.info.stream, found.info.height_px, len(found.number)) == (wanted, 48 * (wanted + 1), 20)
        others = ", ".join(str(number) for number in range(3) if number != wanted)
        assert found.problems == (
            f"the file has more than one video; stream {wanted} is read, allowed: --stream {others}",
        )
    chosen = read(path).info.stream
    assert read(path).problems == read(path, chosen).problems


def test_a_stream_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "v.mkv", (5, 48), (5, 96))
    with pytest.raises(UndecodableError, match=r"v\.mkv has no video stream 7; allowed: --stream 0, 1"):
        read(path, 7)


def test_numbers_of_frames_are_those_of_the_stream(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "v.mkv", (30, 96), (10, 96))
    with opened(path) as container:
        shown = [number_in(frame.to_ndarray(format="gray")) for frame in container.decode(video=1)]
    assert shown == list(range(10))
    assert read(path, 1).number.tolist() == list(range(10))
    assert read(path, 0).number.tolist() == list(range(30))
