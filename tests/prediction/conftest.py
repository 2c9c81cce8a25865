"""A disk that may not be written."""

from tests.disks import read_only_disk

__all__ = ["read_only_disk"]
