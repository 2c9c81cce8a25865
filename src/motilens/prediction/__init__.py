"""Prediction of new videos, independent of labels and of training code."""
