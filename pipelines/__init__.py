"""What runs: Dagster assets, checks, schedule and sensor, the workspace and the command line."""
