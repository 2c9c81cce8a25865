#!/usr/bin/env python3
"""Import every module of motilens, with whatever Python and versions this runs under, and name those that fail."""

import importlib
import pkgutil
import sys

import motilens


def main() -> int:
    """Import all; 1 if any failed."""
    names = [module.name for module in pkgutil.walk_packages(motilens.__path__, "motilens.")]
    failed = 0
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever it is, the other modules are tried too
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"{len(names)} modules, {failed} cannot be imported")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
