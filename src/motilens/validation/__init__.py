"""Validates a model on a laboratory's own samples, against limits that were written down beforehand."""
