#!/usr/bin/env python3
"""README's table of presets, made from the presets' data files in ``src/motilens/config/presets``.

``make docs`` writes it; a test runs ``--check``.
"""

import argparse
import re
import sys
from pathlib import Path

from motilens.config import PRESETS, preset
from motilens.config.presets import preset_file

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- made: presets -->", "<!-- end -->"


def preset_table() -> str:
    """The table in Markdown: name, purpose, stacks a video and their size."""
    lines = ["| preset | for | stacks |", "|---|---|---|"]
    for name in PRESETS:
        stacks = preset(name).stacks
        seen = f"{stacks.stacks_per_video} a video, {stacks.size_px} x {stacks.size_px}"
        lines.append(f"| `{name}` | {preset_file(name)['purpose']} | {seen} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The document with its table of presets made anew.

    Raises:
        SystemExit: the document has no place for the table, or several.
    """
    place = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", flags=re.DOTALL)
    changed, found = place.subn(lambda _: f"{BEGIN}\n{preset_table()}\n{END}", text)
    if found != 1:
        raise SystemExit(f"README.md has {found} tables of presets; allowed: one, between {BEGIN} and {END}")
    return changed


def main() -> int:
    """Write the table, or check that it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--write", action="store_true", help="Write the table into README.md.")
    chosen.add_argument("--check", action="store_true", help="Exit with 1 if README.md holds another table.")
    arguments = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    current = with_table(text)
    if arguments.write:
        README.write_text(current, encoding="utf-8")
    elif current != text:
        print("README.md: its table of presets is not current; run: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
