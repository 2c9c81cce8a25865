"""Simulates how cells move: gaits, paths, beat and pose, and the stage; in um and s."""
