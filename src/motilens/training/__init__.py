"""Training of networks, all in one loop."""
