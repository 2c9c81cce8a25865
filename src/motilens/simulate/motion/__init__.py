"""How cells move: paths, beat, pose, and the figures that CASA takes from them; in um and s, without a pixel."""
