"""How each predictor is fitted: training participants in, predictor out; and the catalogue of all methods."""
