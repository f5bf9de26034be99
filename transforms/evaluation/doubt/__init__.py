"""Doubt: what could make the estimate wrong, one file per question; `transforms.evaluation.tables` runs them all."""
