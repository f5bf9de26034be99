"""Estimators, one file each; `transforms.evaluation.registry` lists them, because order and choice are decisions."""
