"""Dagster assets, thin: each hands a workspace to a function of another room."""
