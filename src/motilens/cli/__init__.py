"""The command line: one file a command, slow imports inside."""
