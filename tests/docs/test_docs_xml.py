"""docs/reference/xml.md: its table is the program's, its curl is answered as printed."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

from stentor.api.v1 import xml
from support.process import Demo

PAGE = (Path(__file__).parents[2] / "docs/reference/xml.md").read_text()
LISTS = {
    "nested": "`<results><results/></results>`",
    "singular": "`<results><result/></results>`",
    "flat": "`<results/><results/>`",
}


def test_the_table_of_names() -> None:
    rows = {name: row for name, row in vars(xml).items() if isinstance(row, xml.Names)}
    expected = {
        (row.of_2015.root, LISTS[row.of_2015.lists], row.later.root, LISTS[row.later.lists]) for row in rows.values()
    }
    printed = re.findall(r"^\| [^|]+ \| `<(\w+)>` \| ([^|]+) \| `<(\w+)>` \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert set(printed) == expected


def test_the_sample(demo: Demo) -> None:
    (command,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    (printed,) = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    words = shlex.split(command.replace("\\\n", " ").replace("http://127.0.0.1:8080", demo.url))
    answered = subprocess.run(words, check=True, capture_output=True, timeout=30).stdout
    assert [element.tag for element in ET.fromstring(answered).iter()] == [
        element.tag for element in ET.fromstring(printed).iter()
    ]
