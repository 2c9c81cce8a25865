"""Videos with exact truth: cells that stand, beat on the spot, or swim, filed as VISEM files its own."""
