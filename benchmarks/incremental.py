"""What a refresh with little or nothing new costs, as a share of one from nothing.

    python -m benchmarks.incremental 1     # scales of the invented world; 1 is the demo

The last delivery of the FBI (a few dozen records that are new or changed) is kept back, all else refreshed, then it is
landed. Each refresh is a process of its own, as from a shell, so its start counts.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.workspace import init
from sources.synthetic import generate


def main(scales: list[float]) -> None:
    """Print one line for each scale."""
    print("scale   from nothing   nothing new   share   one small delivery   share")
    for scale in scales:
        with tempfile.TemporaryDirectory(prefix="palermo-incremental-") as folder:
            made = init(Path(folder) / "w", is_invented=True)
            generate(made.root, scale=scale)
            last = sorted((made.landing / "fbi").iterdir())[-1]
            shutil.move(last, Path(folder) / last.name)
            whole, nothing = _refreshed(made.root), _refreshed(made.root)
            shutil.move(Path(folder) / last.name, last)
            small = _refreshed(made.root)
            print(
                f"{scale:>5} {whole:>12.1f} s {nothing:>11.1f} s {nothing / whole:>6.0%} "
                f"{small:>18.1f} s {small / whole:>6.0%}"
            )


def _refreshed(root: Path) -> float:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "refresh", str(root)], capture_output=True, check=False
    )
    if done.returncode not in (0, 2):
        sys.exit(done.stderr.decode())
    return time.monotonic() - started


if __name__ == "__main__":
    main([float(scale) for scale in sys.argv[1:]] or [1.0])
