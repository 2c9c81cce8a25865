"""motilens watches microscope videos of semen and says how the cells move and how they are built."""

__version__ = "0.1.0"
