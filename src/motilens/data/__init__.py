"""Real tables and folds: who the participants are, what the laboratory said, who trains and who tests."""
