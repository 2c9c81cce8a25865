"""Tests of reading, writing and timing videos."""
