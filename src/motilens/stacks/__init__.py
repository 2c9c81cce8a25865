"""From a video to stacks of frames: which frames, how large, stored where."""
