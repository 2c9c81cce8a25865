"""Simulates microscope videos of sperm cells with exactly known truth, filed as VISEM's are."""
