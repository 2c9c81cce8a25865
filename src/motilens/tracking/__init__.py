"""From videos to tracks on disk: which parts of each are followed, once, several videos at a time."""
