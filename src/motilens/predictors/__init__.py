"""Fitted predictors, from a recording to percentages; independent of labels and of training code."""
