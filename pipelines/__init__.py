"""What runs: Dagster assets, checks, schedule and sensor, the workspace and the command line."""

import os

# Before numpy is loaded: our matrices are small, so a second thread costs more than it brings, and one thread gives the
# same last digits on every machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
