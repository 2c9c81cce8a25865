"""How long training waits for its batches: stacks in memory, and stacks read from a store."""

from pathlib import Path

import numpy as np

from motilens.config import MethodSettings, StackConfig, preset
from motilens.files import write_bytes
from motilens.methods.stack_rows import StackRows
from motilens.recordings import recording
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.stacks.store import StackStore
from motilens.training.autoencoder import fit_autoencoder
from training_steps import CPU, FRAMES, draw_stacks

PARTICIPANTS = 32
"""Of the store: a batch of 32 comes from as many videos as it can."""


def stored(stacks: np.ndarray, folder: Path, *, cache_bytes: int) -> StackRows:
    """Stacks in a store, as the commands leave them and read them; the participants share the stacks out."""
    recording.KEEP_BYTES = 0  # as if recordings were as long as VISEM's, whose stacks are not kept in memory one by one
    names = [f"{k + 1}_09.01.01_SSW" for k in range(min(PARTICIPANTS, len(stacks)))]
    config = StackConfig(size_px=stacks.shape[-1], stacks_per_video=-(-len(stacks) // len(names)))
    recordings = {}
    for number, name in enumerate(names):
        path, pixels = folder / f"{name}.avi", stacks[number :: len(names)]
        recordings[str(number + 1)] = [recording.Recording(path, cache=folder)]
        if path.is_file():
            continue
        write_bytes(path, name.encode())  # its stacks are in the store, so nobody decodes it
        frame_idx = np.arange(len(pixels) * FRAMES, dtype=np.int64).reshape(len(pixels), FRAMES)
        record = VideoRecord(
            video_id=name,
            file=path.name,
            fingerprint=recordings[str(number + 1)][0].fingerprint,
            status="extracted",
            stacks_wanted=config.stacks_per_video,
            frame_idx=tuple((int(row[0]), int(row[-1])) for row in frame_idx),
            cells_seen=(20,) * len(pixels),
        )
        store = StackStore.create(recording.stacks_folder(folder, config), config)
        store.add(StackBatch(name, pixels, frame_idx, np.full(len(pixels), 20)), record)
    return StackRows(recordings, config, cache_bytes=cache_bytes)


def stalls(rows: StackRows, settings: MethodSettings, *, steps: int, folder: Path) -> dict[str, object]:
    """Two epochs of ``fit_autoencoder`` as a training begins: the cache, if any, is filled while units are fitted."""
    config = settings.autoencoder.model_copy(update={"epochs": 2, "steps_per_epoch": steps})
    settings = settings.model_copy(update={"autoencoder": config})
    ids = rows.participants
    last = max(len(ids) // 8, 1)
    history = fit_autoencoder(
        rows, fit_ids=ids[:-last], select_ids=ids[-last:], settings=settings, folder=folder, runtime=CPU
    ).history
    return {"stall_share": history.stall_share, "wait_s": history.wait_s, "total_s": history.total_s}


def measure_loader(stacks: np.ndarray, *, steps: int, seed: int, folder: Path) -> dict[str, dict[str, object]]:
    """Waiting with the settings of ``cpu`` in memory and from the store, and of ``paper`` from the store.

    85 participants of ``cpu`` are 0.5 GB and stay in memory; those of ``paper`` are 25 GB and are read from the store.
    The first batch of an epoch is always waited for. Steps of ``cpu`` are short, so there are eight times as many; real
    epochs are longer still.
    """
    size_px = stacks.shape[-1]
    large = draw_stacks(len(stacks), 2 * size_px, seed)  # presets: cpu 128, paper 256

    def of(name: str, pixels: np.ndarray, cache_bytes: int) -> dict[str, object]:
        preset_name = "paper" if name.startswith("paper") else "cpu"
        settings = preset(preset_name, "I4", seed=seed).model_dump()
        settings["stacks"]["size_px"] = pixels.shape[-1]
        if settings["autoencoder"]["crop_px"] is not None:
            settings["autoencoder"]["crop_px"] = min(settings["autoencoder"]["crop_px"], pixels.shape[-1])
        rows = stored(pixels, folder / f"data_{pixels.shape[-1]}", cache_bytes=cache_bytes)
        its_steps = steps if preset_name == "paper" else min(8 * steps, settings["autoencoder"]["steps_per_epoch"])
        return stalls(rows, MethodSettings.model_validate(settings), steps=its_steps, folder=folder / name)

    return {
        "cpu_in_memory": of("cpu_in_memory", stacks, 2 << 30),
        "cpu_from_store": of("cpu_from_store", stacks, 0),
        "paper_from_store": of("paper_from_store", large, 0),
    }
