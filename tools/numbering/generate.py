"""Generate `src/stentor/numbering/data/plan.tsv`, or check that the committed one is what would be generated.

python tools/numbering/generate.py                      write the plan
python tools/numbering/generate.py --check              exit 1 when the committed plan differs
python tools/numbering/generate.py --report             coverage by country, carriers without MCC and MNC
python tools/numbering/generate.py --import-mbpi FILE   renew mbpi.csv from a serviceproviders.xml
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from operators import import_mbpi
from plan_report import report
from plan_text import plan_text

TARGET = Path(__file__).parents[2] / "src" / "stentor" / "numbering" / "data" / "plan.tsv"


def main() -> int:
    options = _options()
    if options.import_mbpi:
        print(f"{import_mbpi(options.import_mbpi)} names")
        return 0
    if options.report:
        print(report())
        return 0
    text = plan_text()
    if options.check:
        return _checked(text)
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--import-mbpi", type=Path, metavar="FILE")
    return parser.parse_args()


def _checked(text: str) -> int:
    if TARGET.read_bytes() == text.encode():
        return 0
    print(f"{TARGET.name} is out of date: run tools/numbering/generate.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
