"""Measure stages: python -m benchmarks STAGE.. [--sizes 1 2 5 10] [--times 3] [--out FOLDER]

Each way runs in a process of its own, the ways in turn, and the best of the times counts. Seconds are of the clock
without the start of the process, CPU seconds those of all cores, memory is the peak of the process.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
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
found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
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
    (args.out / "benchmarks.md").write_text(f"{machine}\n\n" + "\n".join(map(_page, results)))
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
        n_bytes = int(_python(PREPARE, name, folder, str(size)))
        measured: Measured = {}
        for _ in range(args.times):
            for way in stage.WAYS:
                if way not in args.without:
                    measured[way] = _better(measured.get(way), _run(name, way, folder))
    bars = [(bar, ratio) for bar in stage.BARS if (ratio := bar.ratio(measured)) is not None]
    told = [{"bar": bar.says, "ratio": ratio, "reached": bar.is_reached(ratio)} for bar, ratio in bars]
    return {"stage": name, "title": stage.TITLE, "size": size, "bytes": n_bytes, "ways": measured, "bars": told}


def _run(stage: str, way: str, folder: str) -> dict[str, float]:
    found: dict[str, float] = json.loads(_python(CHILD, stage, way, folder))
    return found


def _python(code: str, *args: str) -> str:
    """The last line that a process of its own prints."""
    ran = subprocess.run([sys.executable, "-c", code, *args], check=True, stdout=subprocess.PIPE, text=True)
    return ran.stdout.splitlines()[-1]


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


if __name__ == "__main__":
    main()
