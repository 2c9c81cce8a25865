"""How good methods are: protocol, jobs, result, scores with intervals."""
