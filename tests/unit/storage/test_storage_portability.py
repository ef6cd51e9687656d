"""Ported numbers in the store: numbers before ranges, the newest import of each counts."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.core.errors import InvalidField
from stentor.core.lookup.portability import Counted, Holdings, Line
from stentor.storage.sqlite.portability import PortabilityRows
from support.opening import opened


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[PortabilityRows]:
    async with opened(tmp_path) as store:
        yield PortabilityRows(store.access)


async def test_a_number_goes_before_its_range(rows: PortabilityRows) -> None:
    put = await rows.put(
        [Line(41790000000, 41790000999, "22801"), Line(41790000500, 41790000500, "22803")], 1, preview=False
    )
    assert put == Counted(2)
    assert [rows.network(n) for n in ("41790000500", "41790000000", "41790000999")] == ["22803", "22801", "22801"]
    assert [rows.network(n) for n in ("41790001000", "41789999999", "4179000050", "417900005000")] == [None] * 4
    assert await rows.holdings() == Holdings(1, 1)


async def test_a_preview_counts_and_writes_nothing(rows: PortabilityRows) -> None:
    await rows.put([Line(41790000001, 41790000001, "22801"), Line(41790000002, 41790000002, "22801")], 1, preview=False)
    lines = [
        Line(41790000001, 41790000001, "22801"),
        Line(41790000002, 41790000002, "22802"),
        Line(1234567, 1234567, "1"),
    ]
    assert await rows.put(lines, 2, preview=True) == Counted(1, 1, 1)
    assert rows.network("41790000002") == "22801"
    assert await rows.newest() == 1


async def test_what_a_new_file_leaves_out_goes_with_prune(rows: PortabilityRows) -> None:
    old = [Line(n, n, "22801") for n in range(41790000000, 41790001200)] + [Line(41780000000, 41780009999, "22802")]
    await rows.put(old, 1, preview=False)
    await rows.put(old[:3], 2, preview=False)
    assert await rows.prune(2) == 1198
    assert await rows.holdings() == Holdings(3, 0)


async def test_ranges_of_one_file_do_not_overlap(rows: PortabilityRows) -> None:
    await rows.put([Line(41790000000, 41790000999, "22801")], 1, preview=False)
    for first, last in ((41790000999, 41790001999), (41789999000, 41790000000), (41790000100, 41790000200)):
        with pytest.raises(InvalidField, match="overlaps 41790000000-41790000999"):
            await rows.put([Line(first, last, "22802")], 1, preview=False)


async def test_of_an_earlier_file_the_rest_of_a_range_stays(rows: PortabilityRows) -> None:
    await rows.put([Line(41790000000, 41790000999, "22801")], 1, preview=False)
    await rows.put([Line(41790000400, 41790000599, "22802")], 2, preview=False)
    found = [rows.network(f"41790000{n:03d}") for n in (0, 399, 400, 599, 600, 999)]
    assert found == ["22801", "22801", "22802", "22802", "22801", "22801"]


@pytest.mark.parametrize("seed", range(20))
async def test_the_newest_line_of_a_number_decides(rows: PortabilityRows, seed: int) -> None:
    """Against a table of every number, kept beside."""
    chance = random.Random(seed)
    first = 41790000000
    ranges: dict[int, str] = {}
    for import_ in range(1, 7):
        begin = chance.randrange(200)
        end = min(199, begin + chance.randrange(1, 90))
        if begin == end:
            continue
        network = f"2280{import_}"
        await rows.put([Line(first + begin, first + end, network)], import_, preview=False)
        ranges |= dict.fromkeys(range(begin, end + 1), network)
    assert [rows.network(str(first + n)) for n in range(200)] == [ranges.get(n) for n in range(200)]
