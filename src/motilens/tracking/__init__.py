"""Tracks of cells: find heads, link them from frame to frame, measure how they move, and keep what was found."""
