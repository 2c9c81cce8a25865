"""Reading and writing video files; nothing else in motilens opens one."""
