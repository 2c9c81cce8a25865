"""Feature-images: made from stacks, scaled for a CNN, and shown as pictures."""
