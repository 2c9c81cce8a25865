"""Data sets: participants, the laboratory's values, and folds."""
