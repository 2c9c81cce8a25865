"""How fast stacks are cut, against plain decoding and against seeking by number; and whether the frames are right.

Makes its own videos (discs that move in fresh noise, 640 x 480; every frame carries its own number as a pattern of
black and white squares) in H.264 and MJPEG, and measures in one run, medians over repetitions after a warm-up:

- plain: PyAV decodes the whole file in one thread, and nothing else;
- plain with FFmpeg's own number of threads, for comparison: its frames are not the same ones in a damaged file;
- extract: ``extract_stacks`` with 250 stacks of 18 frames at 256 x 256;
- seek: OpenCV sets the position for every frame that the stacks need, as the released scripts do. That takes minutes,
  so a random sample of the frames is timed and scaled up to all.

The pattern is read back from the frames of both, and the wrong ones are counted; also on an H.264 file whose camera
paused for two seconds, where numbers and times part.

Extraction of a single video decodes in one thread while another shrinks frames, so with a
free second processor its wall time hides most of its work: ``extract_over_decode_cpu`` shows that work, and
``extract_over_decode_one_thread`` the wall time in one thread, as each of several workers has it.

    python benchmarks/extraction.py --out extraction.json
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from motilens.config import StackConfig
from motilens.stacks.extract import extract_stacks
from motilens.stacks.stack_batch import StackBatch
from motilens.stacks.store import StackStore
from motilens.video.writer import Codec, write_video

HEIGHT_PX, WIDTH_PX, FPS_HZ = 480, 640, 50.0
BITS, SQUARE_PX = 15, 32
QUALITY: dict[Codec, int] = {"h264": 21, "mjpeg": 2}
"""About as many bytes a frame as VISEM-Tracking (1,060, H.264) and VISEM (42,000, probably MJPEG)."""


def frames(n_frames: int, seed: int) -> Iterator[np.ndarray]:
    """Discs that swim in noise; the frame's number in black and white squares along the top."""
    rng = np.random.default_rng(seed)
    field = np.array([WIDTH_PX, HEIGHT_PX])
    at_px = rng.uniform(0, field, (60, 2))
    step_px = rng.normal(0, 1.5, (60, 2))
    # Noise is cut from a larger sheet at a new place for every frame: fresh to the encoder, cheap to make.
    sheet = np.clip(rng.normal(0, 3, (HEIGHT_PX * 2, WIDTH_PX * 2)) + 20, 0, 255).astype(np.uint8)
    for number in range(n_frames):
        pixels = np.full((HEIGHT_PX, WIDTH_PX), 80, np.uint8)
        for x, y in (at_px + step_px * number) % field:
            cv2.circle(pixels, (int(x * 8), int(y * 8)), 6 * 8, 65, -1, cv2.LINE_AA, 3)
            cv2.circle(pixels, (int(x * 8), int(y * 8)), 4 * 8, 190, -1, cv2.LINE_AA, 3)
        y, x = rng.integers(0, field[::-1])
        pixels = cv2.add(pixels, sheet[y : y + HEIGHT_PX, x : x + WIDTH_PX])
        gray = number ^ number >> 1  # one square changes a frame, so that the pattern is no movement of the stage
        for bit in range(BITS):
            pixels[:SQUARE_PX, bit * SQUARE_PX : (bit + 1) * SQUARE_PX] = 200 if gray >> bit & 1 else 40
        yield pixels


def number_in(pixels: np.ndarray) -> int:
    """Read the number back, at any size."""
    square_y, square_x = SQUARE_PX * pixels.shape[0] / HEIGHT_PX, SQUARE_PX * pixels.shape[1] / WIDTH_PX
    y = int(square_y / 2)
    number = 0
    for bit in reversed(range(BITS)):
        number |= (int(pixels[y, int((bit + 0.5) * square_x)] > 120) ^ (number >> bit + 1 & 1)) << bit
    return number


def plain(path: Path, threads: int = 1) -> int:
    """Decode everything, nothing else; 0 threads let FFmpeg choose."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.thread_count = "AUTO", threads
        return sum(1 for _ in container.decode(stream))


def seek(path: Path, numbers: list[int]) -> list[int]:
    """Fetch frames by number with OpenCV, shrink them, and return the numbers that they really have."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    found = []
    for number in numbers:
        capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        ok, pixels = capture.read()
        small = (
            cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), (256, 256), interpolation=cv2.INTER_AREA)
            if ok
            else None
        )
        found.append(-1 if small is None else number_in(small))
    capture.release()
    return found


def write_paused(path: Path, n_frames: int, seed: int) -> None:
    """H.264 at 50 frames a second with a pause of two seconds in the middle."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=50, options={"crf": str(QUALITY["h264"]), "preset": "veryfast"})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = HEIGHT_PX, WIDTH_PX, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 50)
        for number, pixels in enumerate(frames(n_frames, seed)):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray")
            frame.pts, frame.time_base = number + (100 if number >= n_frames // 2 else 0), Fraction(1, 50)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def exactness(path: Path, *, stacks: int, n_sought: int, seed: int) -> dict[str, int]:
    """How many frames are not the ones asked for."""
    batch = extract_stacks(path, StackConfig(stacks_per_video=stacks))[0]
    sample = sample_of(batch, n_sought, seed)
    return {
        "frames_extracted": batch.frame_idx.size,
        "frames_extracted_wrong": n_wrong(
            [number_in(pixels) for pixels in flat(batch)], batch.frame_idx.ravel().tolist()
        ),
        "frames_sought": len(sample),
        "frames_sought_wrong": n_wrong(seek(path, sample), sample),
    }


def flat(batch: StackBatch) -> np.ndarray:
    """All frames of all stacks."""
    return batch.pixels.reshape(-1, *batch.pixels.shape[2:])


def sample_of(batch: StackBatch, n_sought: int, seed: int) -> list[int]:
    """Some of the frames that the stacks need."""
    wanted = batch.frame_idx.ravel()
    return np.random.default_rng(seed).choice(wanted, min(n_sought, len(wanted)), replace=False).tolist()


def n_wrong(found: list[int], asked: list[int]) -> int:
    """How many are not what was asked for."""
    return sum(one != other for one, other in zip(found, asked, strict=True))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def measure(path: Path, *, stacks: int, repeats: int, n_sought: int, seed: int) -> dict[str, float | int]:
    """All figures for one video."""
    config = StackConfig(input_type="I4", stacks_per_video=stacks, size_px=256)
    batches: list[StackBatch] = []

    def extract(*, read_ahead: bool = True) -> None:
        batches[:] = [extract_stacks(path, config, read_ahead=read_ahead)[0]]

    plain(path)  # warm-up: the file is in memory from here on
    extract()
    # Taken in turns, so that a machine that slows down slows both.
    works = (lambda: plain(path), extract, lambda: extract(read_ahead=False), lambda: plain(path, 0))
    runs = [[timed(work) for work in works] for _ in range(repeats)]
    (plain_s, plain_cpu_s), (extract_s, extract_cpu_s), (one_thread_s, _), (many_s, many_cpu_s) = (
        [statistics.median(run[work][kind] for run in runs) for kind in (0, 1)] for work in range(len(works))
    )
    batch = batches[0]
    wanted = batch.frame_idx.ravel().tolist()
    sample = sample_of(batch, n_sought, seed)
    seek(path, sample[:3])
    found: list[int] = []
    seek_sample_s, _ = timed(lambda: found.extend(seek(path, sample)))
    seek_s = seek_sample_s * len(wanted) / len(sample)
    with tempfile.TemporaryDirectory() as folder:
        store = StackStore.create(Path(folder) / "store", config)
        record = extract_stacks(path, config)[1]
        store_s, _ = timed(lambda: store.add(batch, record))
        stored_bytes = sum(file.stat().st_size for file in store.path.rglob("*") if file.is_file())
    return {
        "bytes_per_frame": round(path.stat().st_size / plain(path)),
        "plain_s": plain_s,
        "extract_s": extract_s,
        "plain_cpu_s": plain_cpu_s,
        "decode_over_ffmpeg_threads": plain_s / many_s,
        "decode_over_ffmpeg_threads_cpu": plain_cpu_s / many_cpu_s,
        "extract_cpu_s": extract_cpu_s,
        "store_s": store_s,
        "stored_mib": stored_bytes / 2**20,
        "seek_s_scaled": seek_s,
        "extract_over_decode": extract_s / plain_s,
        "extract_over_decode_cpu": extract_cpu_s / plain_cpu_s,
        "extract_over_decode_one_thread": one_thread_s / plain_s,
        "extract_vs_seek": seek_s / extract_s,
        "frames_extracted": len(wanted),
        "frames_extracted_wrong": n_wrong([number_in(pixels) for pixels in flat(batch)], wanted),
        "frames_sought": len(sample),
        "frames_sought_wrong": n_wrong(found, sample),
    }


def main() -> None:
    """Run and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=10_000, help="length of the videos; VISEM's median is 10,000")
    parser.add_argument("--stacks", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sought", type=int, default=200, help="frames that OpenCV is timed on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--videos", type=Path, help="keep the videos in this folder, and use those that are there")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.videos or Path(temporary)
        results = {}
        for codec in ("h264", "mjpeg"):
            path = folder / f"{codec}_{arguments.frames}{'.mp4' if codec == 'h264' else '.avi'}"
            if not path.exists():
                print(f"making {path.name}", flush=True)
                made = frames(arguments.frames, arguments.seed)
                write_video(path, made, fps_hz=FPS_HZ, codec=codec, quality=QUALITY[codec])
            print(f"measuring {path.name}", flush=True)
            results[codec] = measure(
                path,
                stacks=arguments.stacks,
                repeats=arguments.repeats,
                n_sought=arguments.sought,
                seed=arguments.seed,
            )
            print(json.dumps(results[codec], indent=1), flush=True)
        paused = folder / "h264_paused.mp4"
        write_paused(paused, 600, arguments.seed)
        results_paused = exactness(paused, stacks=20, n_sought=arguments.sought, seed=arguments.seed)
        print(json.dumps(results_paused, indent=1), flush=True)
    summary = {
        "command": "python benchmarks/extraction.py --out FILE"
        + f" --frames {arguments.frames} --stacks {arguments.stacks} --repeats {arguments.repeats}"
        + f" --sought {arguments.sought} --seed {arguments.seed}",
        "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
        "extract_over_decode": max(result["extract_over_decode"] for result in results.values()),
        "extract_vs_seek": results["h264"]["extract_vs_seek"],
        "codecs": results,
        "h264_paused": results_paused,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
