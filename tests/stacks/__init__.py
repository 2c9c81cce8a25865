"""Tests of placing, cutting and storing stacks."""
