"""Cuts videos into stacks of frames and stores them."""
