"""Ways to get from a video to percentages, behind one interface: fit on training participants, predict anyone."""
