# Everything is done by scripts/dev; these are its verbs. PYTHON chooses another Python >= 3.11: make setup PYTHON=python3.12

PYTHON ?= python3

.PHONY: help setup demo test check coverage lint lowest pythons docs constraints clean

help:
	@$(PYTHON) scripts/dev --help

setup demo test check coverage lint lowest pythons docs constraints clean:
	@$(PYTHON) scripts/dev $@
