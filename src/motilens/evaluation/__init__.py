"""Evaluation of methods: the protocol, the jobs, the result, and the scores with their intervals."""
