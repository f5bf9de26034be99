"""What pip-audit answered about one lock file: 0 clean, 1 known faults, 2 not all packages could be asked about.

pip-audit itself ends with 0 and "no known vulnerabilities" where a mirror knows no advisories at all.
"""

import json
import sys
from pathlib import Path


def main(lock: str, answer: str) -> int:
    """Print the verdict."""
    found = json.loads(Path(answer).read_text(encoding="utf-8"))["dependencies"]
    faults = [(d["name"], d["version"], v["id"], v["fix_versions"]) for d in found for v in d.get("vulns", [])]
    for name, version, fault, fixed in faults:
        print(f"{lock}: {name} {version}: {fault}; fixed in {', '.join(fixed) or 'no version yet'}")
    if faults:
        return 1
    skipped = [d["name"] for d in found if "skip_reason" in d]
    if skipped or not found:
        print(f"{lock}: {len(skipped)} of {len(found)} packages could not be asked about")
        return 2
    print(f"{lock}: {len(found)} packages, no known fault")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
