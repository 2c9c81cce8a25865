"""Runs that cannot lie: a locked folder, artefacts by the digest of their inputs, jobs in parallel processes."""
