"""How good it is: cross-validation, baselines, scores with intervals."""
