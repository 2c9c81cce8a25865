"""Cells as tracks: heads found frame by frame, linked, and turned into numbers of motion."""
