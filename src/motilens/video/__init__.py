"""Reads and writes video files; no other package of motilens opens one."""
