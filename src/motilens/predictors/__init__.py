"""Fitted predictors: from a recording to percentages. They know no label and no training code."""
