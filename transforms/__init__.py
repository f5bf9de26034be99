"""How rows move: staging, models (SQL), metrics, evaluation, disclosure, and the published tables."""
