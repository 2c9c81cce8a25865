"""The command line: one module for each command; slow imports are inside its function."""
