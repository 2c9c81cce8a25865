"""Tables and figures, made from a result file alone."""
