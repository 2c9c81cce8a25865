"""Methods compared: same videos, same folds, paired statistics, cost beside accuracy."""
