"""Disks that are full or read-only."""

from tests.disks import read_only_disk, small_disk

__all__ = ["read_only_disk", "small_disk"]
