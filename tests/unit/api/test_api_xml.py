"""XML bodies: models written and read back, every form of a list, what is text, number or nothing, and refusals."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType, inspect

from stentor.api import bodies, errors
from stentor.api.v1 import models
from stentor.api.xml import parsing
from stentor.api.xml.reading import read
from stentor.api.xml.writing import Form, write
from stentor.core.errors import InvalidField

MODELS: list[type[msgspec.Struct]] = [
    errors.Refused,
    *(kind for name, kind in vars(models).items() if name.endswith(("Request", "Response"))),
]
VERBATIM = {"text", "callbackData"}
LETTERS = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", exclude_categories=("Cc", "Cs"))
TEXT = st.text(LETTERS | st.sampled_from("\t\n\r &<>\"']"), max_size=12)


class Item(msgspec.Struct, rename="camel"):
    name: str | None = None
    is_good: bool | None = None


class Thing(msgspec.Struct, rename="camel"):
    count: int | None = None
    to: str | int | list[str | int] | None = None
    text: str | None = None
    items: list[Item] | Item | None = None
    days: list[Literal["MON", "TUE"]] | None = None
    part: Item | None = None
    price: Decimal | UnsetType = UNSET


class Owing(msgspec.Struct):
    results: list[Item]
    one: Item
    amount: Annotated[Decimal | None, Meta(description="x")] = None


def values(info: inspect.Type, name: str = "") -> st.SearchStrategy[Any]:
    """What JSON could bring for a type, without what looks the same in XML: a list of one and its item where either
    will do, an empty object and none.
    """
    match info:
        case inspect.Metadata():
            return values(info.type, name)
        case inspect.UnionType():
            kinds = [kind for kind in info.types if not isinstance(kind, inspect.NoneType | inspect.IntType)]
            others = [kind for kind in kinds if not isinstance(kind, inspect.ListType)]
            several = [lists(kind, name, 2 if others else 1) for kind in kinds if isinstance(kind, inspect.ListType)]
            single = [
                values(kind, name).filter(lambda value: value not in ({}, "") if several else value != {})
                for kind in others
            ]
            return st.one_of(*single, *several)
        case inspect.ListType():
            return lists(info, name, 0)
        case inspect.StructType():
            members = {field.encode_name: (values(field.type, field.encode_name), field) for field in info.fields}
            required = {key: one for key, (one, field) in members.items() if field.required}
            return st.fixed_dictionaries(
                required, optional={key: one for key, (one, field) in members.items() if not field.required}
            )
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(0, 10**6)
        case inspect.DecimalType():
            return st.decimals(0, 10**6, places=6).map(str)
        case inspect.FloatType():
            return st.integers(0, 10**10).map(lambda value: value / 10_000)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case _:
            assert isinstance(info, inspect.StrType), info
            return TEXT if name in VERBATIM else TEXT.map(str.strip)


def lists(info: inspect.ListType, name: str, least: int) -> st.SearchStrategy[Any]:
    return st.lists(values(info.item_type, name), min_size=least, max_size=3)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_what_is_written_is_read(model: type[msgspec.Struct]) -> None:
    @settings(max_examples=40)
    @given(values(inspect.type_info(model)), st.sampled_from(["nested", "singular", "flat"]))
    def holds(value: Any, form: Any) -> None:
        original = msgspec.convert(value, model, strict=False)
        assert read(write(Form("anything", form), original), model) == original

    holds()


def thing(inner: str, root: str = "request") -> Thing:
    return read(f"<{root}>{inner}</{root}>".encode(), Thing)


@pytest.mark.parametrize("root", ["request", "SMSAdvancedTextualRequest", "to", "items", "x-1.y"])
def test_any_root(root: str) -> None:
    assert thing("<text>a</text>", root) == Thing(text="a")


def test_a_default_namespace_and_declarations_do_not_matter() -> None:
    document = (
        '<?xml version="1.0" encoding="utf-16"?><r xmlns="http://a/" xmlns:xsi="http://b/"><to xsi:nil="true"/></r>'
    )
    assert read(document.encode(), Thing) == Thing(to="")


LISTS = {
    "<items><items><name>a</name></items><items><name>b</name></items></items>": ["a", "b"],
    "<items><item><name>a</name></item><item><name>b</name></item></items>": ["a", "b"],
    "<items><name>a</name></items><items><name>b</name></items>": ["a", "b"],
    "<items><item><name>a</name></item></items><items><name>b</name></items>": ["a", "b"],
    "<items><items><name>a</name></items><item><name>b</name></item></items>": ["a", "b"],
    "<items><items><name>a</name></items></items>": ["a"],
    "<items>\n <item>\n  <name>a</name>\n </item>\n</items>": ["a"],
    "<items><items/><items><name>b</name></items></items>": [None, "b"],
    "<items/><items><name>b</name></items>": [None, "b"],
    "<items/>": [],
    "<items>  </items>": [],
    "<name>a</name><items><item><name>b</name></item></items><x/>": ["b"],
}


@pytest.mark.parametrize("inner", LISTS)
def test_every_form_of_a_list(inner: str) -> None:
    items = thing(inner).items
    assert isinstance(items, list)
    assert [item.name for item in items] == LISTS[inner]


def test_one_item_alone() -> None:
    assert thing("<items><name>a</name></items>") == Thing(items=Item("a"))


@pytest.mark.parametrize(
    ("inner", "to"),
    [
        ("<to>1</to>", "1"),
        ("<to> 1\n</to>", "1"),
        ("<to><to>1</to></to>", ["1"]),
        ("<to>\n<to> 1 </to>\n<to>2</to></to>", ["1", "2"]),
        ("<to>1</to><to>2</to>", ["1", "2"]),
        ("<to><to>1</to><to/></to>", ["1", ""]),
        ("<to/>", ""),
        ("<to>4<!-- - -->1<?x y?>7</to>", "417"),
        ("<to>007</to>", "007"),
    ],
)
def test_numbers_one_or_several(inner: str, to: Any) -> None:
    assert thing(inner).to == to


def test_a_list_of_words() -> None:
    assert thing("<days>MON</days>").days == ["MON"]
    assert thing("<days><day>MON</day><day> TUE </day></days>").days == ["MON", "TUE"]
    assert thing("<days/>").days == []


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<text>  two\n lines </text>", "  two\n lines "),
        ("<text> </text>", " "),
        ("<text/>", ""),
        ("<text></text>", ""),
        ("", None),
        ("<text><![CDATA[ a <b> &amp; ]]>&lt;c&gt; &#x436;</text>", " a <b> &amp; <c> ж"),
        ("<text>null</text>", "null"),
        ("<text>first</text><text>last</text>", "last"),
        ("<text>a\r\nb&#13;c</text>", "a\nb\rc"),
        ("<Text>a</Text><TEXT>b</TEXT>", None),
    ],
)
def test_text_is_as_it_was_sent(inner: str, text: str | None) -> None:
    assert thing(inner).text == text


def test_numbers_booleans_and_what_is_empty() -> None:
    given = "<count> 7 </count><part><isGood> true </isGood></part><price>0.0100</price>"
    assert thing(given) == Thing(count=7, part=Item(is_good=True), price=Decimal("0.01"))
    assert thing("<part><isGood>false</isGood></part>").part == Item(is_good=False)
    assert thing("<count/><part/><price> </price><unknown><count>1</count></unknown>") == Thing()


def test_what_is_required_may_be_empty_or_have_no_element() -> None:
    assert read(b"<r/>", Owing) == Owing([], Item())
    assert read(b"<r><results/><one/></r>", Owing) == Owing([], Item())


@pytest.mark.parametrize(
    ("inner", "field"),
    [
        ("<count>many</count>", "count"),
        ("<text>Hello <b>you</b></text>", "text"),
        ("<to><to>1</to><x>2</x></to>", "to"),
        ("<items><item>a</item></items>", "items[0]"),
        ("<items><item/><item><isGood>maybe</isGood></item></items>", "items[1].isGood"),
        ("<part>a</part>", "part"),
        ("<days><day>FRIDAY</day></days>", "days[0]"),
        ("<x:part xmlns:x='http://x'/>", "body"),
        ("<part><x:y xmlns:x='http://x'/></part>", "body"),
        ("<part xmlns='http://x'/>", "body"),
        ("<text>", "body"),
        ("&x;", "body"),
        ("<text><![CDATA[<!DOCTYPE a>]]></text>", "body"),
        ("<text a='1' a='2'/>", "body"),
        ("<a>" * 300 + "</a>" * 300, "body"),
    ],
)
def test_what_does_not_fit_says_where(inner: str, field: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        bodies.read(lambda body: read(body, Thing), f"<request>{inner}</request>".encode())
    assert str(refusal.value).startswith(f"[{field} : ")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"text", "not valid XML"),
        (b"<a>\xff</a>", "UTF-8"),
        ("<a/>".encode("utf-16")[:-1], "UTF-8"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "encoding"),
        (b"<a>" + b"<b/>" * parsing.MOST_MARKS + b"</a>", "too many"),
        (b"<a " + b" ".join(b"b%d=''" % n for n in range(parsing.MOST_MARKS // 2 + 1)) + b"/>", "too many"),
    ],
)
def test_what_is_no_document_for_us(body: bytes, why: str) -> None:
    with pytest.raises(InvalidField, match=why):
        read(body, Thing)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert read("\n<a><text>ж 😀</text></a>".lstrip().encode(encoding), Thing).text == "ж 😀"
    assert read(b'\n <?xml version="1.0"?><a><text>x</text></a>', Thing).text == "x"


def test_made_up_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """libxml2 forgets names with their thread: a new one comes after so many octets."""
    monkeypatch.setattr(parsing, "_thread", parsing._Thread())
    monkeypatch.setattr(parsing, "_THREAD_OCTETS", 100)

    def worker(body: bytes) -> threading.Thread:
        return parsing.parsed(body, lambda _: threading.current_thread())

    first = worker(b"<a/>")
    assert worker(b"<b/>") is first
    second = worker(b"<" + b"c" * 100 + b"/>")
    assert second is not first
    first.join(5)
    assert not first.is_alive()
    assert worker(b"<d/>") is not second


def test_characters_that_xml_cannot_carry_are_replaced() -> None:
    written = write(Form("a"), Item("<\0&\x1f\ud800\uffff>\r"))
    assert written == "<a><name>&lt;\ufffd&amp;\ufffd\ufffd\ufffd&gt;&#13;</name></a>".encode()


def test_forms() -> None:
    value = Thing(count=1, days=["MON", "TUE"], price=Decimal("0.01"), items=[])
    assert write(Form("R"), value) == (
        b"<R><count>1</count><items></items><days><days>MON</days><days>TUE</days></days><price>0.01</price></R>"
    )
    assert write(Form("R", "singular"), Thing(days=["MON"])) == b"<R><days><day>MON</day></days></R>"
    assert (
        write(Form("R", "flat"), value) == b"<R><count>1</count><days>MON</days><days>TUE</days><price>0.01</price></R>"
    )
    assert write(Form("R"), Thing(part=Item(is_good=False))) == b"<R><part><isGood>false</isGood></part></R>"


@pytest.mark.parametrize(
    ("amount", "plain", "four"),
    [
        ("0", "0", "0.0000"),
        ("0.01", "0.01", "0.0100"),
        ("0.000001", "0.000001", "0.000001"),
        ("1E+2", "100", "100.0000"),
    ],
)
def test_amounts(amount: str, plain: str, four: str) -> None:
    value = Owing([], Item(), Decimal(amount))
    assert write(Form("R", "flat"), value).decode() == f"<R><one></one><amount>{plain}</amount></R>"
    assert write(Form("R", "flat", decimals=4), value).decode() == f"<R><one></one><amount>{four}</amount></R>"


def test_elements_of_the_customers_choice() -> None:
    """`customPayload` of a push message: what it holds goes to the application."""

    class Free(msgspec.Struct, rename="camel"):
        custom_payload: dict[str, Any] | None = None

    payload = "<order> 7 </order><tags><tag>a</tag><tag/></tags>"
    assert read(f"<r><customPayload>{payload}</customPayload></r>".encode(), Free).custom_payload == {
        "order": " 7 ",
        "tags": {"tag": ["a", ""]},
    }
    for empty in ("<r/>", "<r><customPayload/></r>"):
        assert read(empty.encode(), Free).custom_payload is None
    with pytest.raises(msgspec.ValidationError):
        read(b"<r><customPayload>text</customPayload></r>", Free)
    with pytest.raises(InvalidField):
        read(b"<r><customPayload><x:a xmlns:x='urn:x'/></customPayload></r>", Free)
