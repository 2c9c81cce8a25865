"""New videos in, as many lines out. Knows neither labels nor training."""
