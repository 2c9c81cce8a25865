"""Put the ratios of the speed benchmarks side by side in one small file.

    python benchmarks/summary.py benchmarks/results/extraction.json benchmarks/results/training.json

writes ``training_speed.json`` beside the first of them. A file gives what it has; what an earlier call put there stays.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from motilens.files import write_json

SUMMARY = "training_speed.json"
KEYS = (
    "extract_over_decode",
    "extract_vs_seek",
    "autoencoder_step_vs_released",
    "regressor_epoch_vs_released",
    "loader_stall_share",
)


def merge(detailed: Iterable[Path], summary: Path) -> dict[str, object]:
    """Take the flat keys out of detailed results, with the commands and machines that made them; write the summary."""
    content: dict[str, object] = json.loads(summary.read_text(encoding="utf-8")) if summary.is_file() else {}
    known = content.get("made_by")
    made_by: dict[str, object] = dict(known) if isinstance(known, dict) else {}
    for path in detailed:
        result = json.loads(path.read_text(encoding="utf-8"))
        found = {key: result[key] for key in KEYS if key in result}
        if not found:
            raise SystemExit(
                f"{path} has none of {', '.join(KEYS)}; name the --out file of extraction.py or training.py"
            )
        content |= found
        made_by |= {key: {"command": result["command"], "machine": result["machine"]} for key in found}
    content = {key: content[key] for key in KEYS if key in content}
    content["made_by"] = {key: made_by[key] for key in KEYS if key in made_by}
    write_json(summary, content)
    return content


def main() -> None:
    """Merge the files named and print the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "detailed", type=Path, nargs="+", help="files that --out of extraction.py and training.py named"
    )
    options = parser.parse_args()
    print(json.dumps(merge(options.detailed, options.detailed[0].parent / SUMMARY), indent=1))


if __name__ == "__main__":
    main()
