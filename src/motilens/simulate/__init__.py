"""Videos whose truth is known exactly, filed as VISEM is."""
