"""Run the benchmark: ``python benchmarks/realism --help``."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # The folder itself leads the path when it is run; its modules are to be found by their package's name alone.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    raise SystemExit(importlib.import_module("realism.command").main(sys.argv[1:]))
