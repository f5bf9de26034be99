"""What the process has loaded from which those beside a refresh are forked: each of them then begins at once.

In: nothing; nobody else imports it. Out: libraries and registries in memory, set aside from the collection of garbage.
"""

import atexit
import gc
import os
from importlib import import_module

from pipelines import loading

with loading.quick():
    for name in ("pipelines.gate", "pipelines.linking", "pipelines.tables", "reports.exports", *loading.LATE):
        import_module(name)
    from expectations.rule import rules
    from sources.contract import agencies
    from transforms.metric import metrics

    agencies(), metrics(), rules()  # nothing that opens DuckDB: a process that is forked would lack its threads
gc.freeze()
atexit.register(os._exit, 0)  # the system takes it all back at once
