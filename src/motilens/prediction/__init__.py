"""From a new video to percentages. Knows neither labels nor augmentation."""
