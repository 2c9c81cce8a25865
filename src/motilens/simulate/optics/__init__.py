"""Simulates a phase-contrast microscope and its camera: from shapes in um to grey levels."""
