"""Measure stages: python -m benchmarks STAGE.. [--sizes 1 2 5 10] [--times 3] [--out FOLDER]

Each way runs in a process of its own, the ways in turn, and the best of the times counts. Seconds are of the clock
without the start of the process, CPU seconds those of all cores, memory is the peak of the process, looked at often,
because a refresh lets the kernel forget it at every step. Growth is the exponent of a way's CPU seconds over its rows.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

PREPARE = """
import sys
from importlib import import_module
from pathlib import Path
print(import_module(f"benchmarks.{sys.argv[1]}").prepare(Path(sys.argv[2]), float(sys.argv[3])))
"""  # in a process of its own too: a child's peak begins with its parent's
CHILD = """
import json, resource, sys, time
from importlib import import_module
from pathlib import Path
stage, way, folder = sys.argv[1:]
module = import_module(f"benchmarks.{stage}")
module.warm(Path(folder))
work = module.WAYS[way]
wall, cpu = time.perf_counter(), time.process_time()
rows = work(Path(folder))
found = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rows": rows}
started = resource.getrusage(resource.RUSAGE_CHILDREN)
found["cpu"] += started.ru_utime + started.ru_stime
print()
print(json.dumps(found))
"""
Measured = dict[str, dict[str, float]]


def main() -> None:
    """Measure, and write `benchmarks.json` and `benchmarks.md`."""
    args = _arguments()
    results = [_stage(name, size, args) for name in args.stages for size in args.sizes]
    machine = f"{os.cpu_count()} cores, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 30} GB, "
    machine += f"Python {platform.python_version()}"
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "benchmarks.json").write_text(json.dumps({"machine": machine, "results": results}, indent=1) + "\n")
    pages = [*map(_page, results), *(_growth(name, results) for name in args.stages if len(args.sizes) > 2)]
    (args.out / "benchmarks.md").write_text(f"{machine}\n\n" + "\n".join(pages))
    print((args.out / "benchmarks.md").read_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=_stages(), help="modules of benchmarks/; all if none is named")
    parser.add_argument("--sizes", nargs="+", type=float, default=[1.0, 2.0, 4.0, 8.0])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="ways to leave out")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    return parser.parse_args()


def _stages() -> list[str]:
    """The modules of this folder that are stages."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return [name for name in names if hasattr(import_module(f"benchmarks.{name}"), "WAYS")]


def _stage(name: str, size: float, args: argparse.Namespace) -> dict[str, Any]:
    stage = import_module(f"benchmarks.{name}")
    with tempfile.TemporaryDirectory(prefix="palermo-bench-") as folder:
        _tell(f"{name}, size {size:g}: preparing")
        n_bytes = int(_python(PREPARE, name, folder, str(size))[0])
        measured: Measured = {}
        for _ in range(args.times):
            for way in stage.WAYS:
                if way not in args.without:
                    ran = _run(name, way, folder)
                    _tell(f"{name}, size {size:g}: {way}, {ran['seconds']:.1f} s, {ran['cpu']:.1f} CPU s")
                    measured[way] = _better(measured.get(way), ran)
    bars = [(bar, ratio) for bar in stage.BARS if (ratio := bar.ratio(measured)) is not None]
    told = [{"bar": bar.says, "ratio": ratio, "reached": bar.is_reached(ratio)} for bar, ratio in bars]
    return {"stage": name, "title": stage.TITLE, "size": size, "bytes": n_bytes, "ways": measured, "bars": told}


def _tell(what: str) -> None:
    """To whoever watches: a stage takes minutes."""
    print(what, file=sys.stderr, flush=True)


def _run(stage: str, way: str, folder: str) -> dict[str, float]:
    told, peak = _python(CHILD, stage, way, folder)
    return {**json.loads(told.splitlines()[-1]), "mb": peak / 1024}  # above it DuckDB may draw how far it is


def _python(code: str, *args: str) -> tuple[str, int]:
    """The last line that a process of its own prints, and the most KB of memory that it held."""
    peak = 0
    with subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True) as ran:
        while True:
            with suppress(subprocess.TimeoutExpired):
                told, _ = ran.communicate(timeout=0.02)
                break
            peak = max(peak, _held(ran.pid))
    if ran.returncode:
        sys.exit(f"{' '.join(args)}: exit code {ran.returncode}")
    return told.splitlines()[-1], peak


def _held(pid: int) -> int:
    """The most KB that a process has held since the kernel last forgot it."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def _better(known: dict[str, float] | None, new: dict[str, float]) -> dict[str, float]:
    return new if known is None else {what: min(known[what], new[what]) for what in new}


def _page(result: dict[str, Any]) -> str:
    mb = result["bytes"] / 1e6
    lines = [f"### {result['title']}: size {result['size']:g}, {mb:,.0f} MB", ""]
    lines += ["| way | seconds | CPU seconds | MB/s | rows/s | peak MB |", "|---|---|---|---|---|---|"]
    for way, m in result["ways"].items():
        rate, rows = mb / max(m["seconds"], 1e-9), m["rows"] / max(m["seconds"], 1e-9)
        lines.append(f"| {way} | {m['seconds']:.2f} | {m['cpu']:.2f} | {rate:,.0f} | {rows:,.0f} | {m['mb']:,.0f} |")
    lines += ["", "| bar | ratio | reached |", "|---|---|---|"]
    lines += [f"| {b['bar']} | {b['ratio']:.2f} | {'yes' if b['reached'] else 'no'} |" for b in result["bars"]]
    return "\n".join([*lines, "", ""])


def _growth(stage: str, results: list[dict[str, Any]]) -> str:
    """How a way's cost grows with its rows: 1 is in step with them."""
    lines = [f"### {stage}: growth", "", "| way | CPU seconds ~ rows to the power of |", "|---|---|"]
    found = [result["ways"] for result in results if result["stage"] == stage]
    for way in found[0]:
        rows, cpu = ([math.log(max(ways[way][of], 1e-9)) for ways in found] for of in ("rows", "cpu"))
        if len(set(rows)) > 1:
            lines.append(f"| {way} | {statistics.linear_regression(rows, cpu).slope:.2f} |")
    return "\n".join([*lines, "", ""])


if __name__ == "__main__":
    main()
