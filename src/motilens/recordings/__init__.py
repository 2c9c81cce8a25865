"""One video and, lazily, what can be asked of it."""
