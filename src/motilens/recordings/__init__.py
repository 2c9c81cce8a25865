"""Recordings: videos, and the data computed from them on demand."""
