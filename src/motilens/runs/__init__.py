"""Reproducible runs: a locked folder, artefacts with the digest of their inputs, jobs in parallel processes."""
