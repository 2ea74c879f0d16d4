"""Classes out of parsed data: JSON values, table rows, a data set's categories, a model's index → name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from headword.errors import InputError

__all__ = [
    "ClassRecords", "clean_definition", "clean_names", "from_index", "from_json", "from_records", "refuse",
    "split_synonyms", "unique_ids",
]  # fmt: skip

_FORMS = "write one name a line (.txt), a list of names (.json), or a table with a column 'name' (.csv)"
_LONGEST_NAME = 1000  # characters; anything longer is another kind of file
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and half a character, as JSON may hold
_NUMBER = "number the rows 0, 1, 2, … without gaps"


class ClassRecords(NamedTuple):
    """Classes in the order of a head's rows; `ids` and `definitions` are `None` where there are none."""

    names: list[tuple[str, ...]]
    ids: list[str] | None = None
    definitions: list[str | None] | None = None


def refuse(source: object, found: str, do: str = _FORMS) -> NoReturn:
    """Raises `InputError` on labels from `source`."""
    raise InputError(f"labels from {source}", found, do)


def split_synonyms(text: str) -> tuple[str, ...]:
    """Names parted by a comma and white space, as ImageNet's lists are: "tench, Tinca tinca"."""
    return tuple(re.split(r",\s+", text.strip()))


def clean_names(value: Any, asked: str) -> tuple[str, ...]:
    """One name, or several, as words: single spaces, no underscores, none twice.

    Raises:
        InputError: No name, a blank one, or one that is no text or no name; `asked` says where.
    """
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not names or not all(isinstance(each, str) for each in names):
        raise InputError(asked, f"{value!r:.60}", "give a name, or a list of names, as text")
    cleaned = tuple(dict.fromkeys(_squashed(each.replace("_", " ")) for each in names))
    if not all(cleaned):
        raise InputError(asked, f"a blank name ({value!r:.60})", "write what the class is called")
    if any(len(each) > _LONGEST_NAME or _NO_TEXT.search(each) for each in cleaned):
        raise InputError(asked, f"{max(map(len, cleaned))} characters: {cleaned[0][:30]!r}…", "check that it is a name")
    return cleaned


def clean_definition(value: Any, asked: str) -> str | None:
    """A definition with single spaces, `None` where it is blank.

    Raises:
        InputError: It is no text.
    """
    if not isinstance(value, str | None) or _NO_TEXT.search(value or ""):
        raise InputError(asked, f"the definition {value!r:.40}", "give definitions as text, or None")
    return _squashed(value or "") or None


def _squashed(text: str) -> str:
    return " ".join(text.split())


def unique_ids(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names themselves as ids, with a number behind each repeat: "crane", "crane #2"."""
    taken, ids = set(names), []
    seen: dict[str, int] = {}
    for name in names:
        unique, count = name, seen.get(name, 0) + 1
        while count > 1 and (unique := f"{name} #{count}") in taken:
            count += 1
        seen[name] = count
        taken.add(unique)
        ids.append(unique)
    return tuple(ids)


def from_json(text: str, source: str) -> ClassRecords:
    """Classes from JSON text, in the forms that `read_label_file` lists.

    Raises:
        InputError: Not JSON, a key twice in one object, or another form.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise InputError(f"labels from {source}", f"not JSON to use: {error}", _FORMS) from error
    if not isinstance(value, list | dict) or not value:
        refuse(source, f"{type(value).__name__} {value!r:.40}")
    if isinstance(value, dict):
        return _from_object(value, source)
    if all(isinstance(each, dict) for each in value):
        return from_records(value, source)
    return ClassRecords([_names(each, f"{source}, entry {i}") for i, each in enumerate(value)])


def from_index(index: Mapping[Any, Any], source: str) -> ClassRecords:
    """Classes from index → name, as in a Hugging Face `id2label`, sorted by index.

    A value may hold synonyms parted by ", ", or be a pair (wnid, name).

    Raises:
        InputError: A gap in the indices, a value that is no name, or the placeholders "LABEL_0", "LABEL_1", …
    """
    try:
        rows = sorted(((int(key), value) for key, value in index.items()), key=lambda row: row[0])
    except (TypeError, ValueError) as error:
        raise InputError(f"labels from {source}", f"an index that is no number: {error}", _NUMBER) from error
    if not rows:
        refuse(source, "an empty index")
    for expected, (found, _) in enumerate(rows):
        if expected != found:
            refuse(source, f"{len(rows)} indices, {rows[0][0]} to {rows[-1][0]}, and none is {expected}", _NUMBER)
    values = [value for _, value in rows]
    if all(isinstance(value, str) and re.fullmatch(r"LABEL_\d+", value) for value in values):
        refuse(source, "placeholders, 'LABEL_0' and so on", "pass labels= with what the classes are called")
    if all(_is_strings(value) and len(value) == 2 and re.fullmatch(r"n\d{8}", value[0]) for value in values):
        return ClassRecords([(name,) for _, name in values], [wnid for wnid, _ in values])
    named = [_names(value, f"{source}, index {i}") for i, value in enumerate(values)]
    return ClassRecords([split_synonyms(names[0]) if len(names) == 1 else names for names in named])


def from_records(records: Sequence[Mapping[str, Any]], source: str) -> ClassRecords:
    """Classes from objects or table rows: `name` (or `names`) and, if given, `id`, `synonyms`, `definition`.

    A data set's categories (they have a `supercategory` or `common_name`) are sorted by their running `id`.

    Raises:
        InputError: A record without a name, an id that only some have, or gaps in a data set's ids.
    """
    if {"common_name", "supercategory"} & set(records[0]):
        return _from_categories(_sorted_by_id(records, source), source)
    names = [_record_names(each, f"{source}, entry {i}") for i, each in enumerate(records)]
    ids = [str(each["id"]) if each.get("id") not in (None, "") else None for each in records]
    if any(ids) and None in ids:
        refuse(source, f"entry {ids.index(None)} has no id, others have", "give an id to all or to none")
    definitions = [
        clean_definition(each.get("definition"), f"labels from {source}, entry {i}") for i, each in enumerate(records)
    ]
    return ClassRecords(names, [each for each in ids if each] or None, definitions)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice in an object")
    return found


def _is_strings(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value)


def _names(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if _is_strings(value) and value:
        return tuple(value)
    refuse(where, f"{type(value).__name__} {value!r:.60} where a name belongs")


def _record_names(record: Mapping[str, Any], where: str) -> tuple[str, ...]:
    names = _names(record.get("name", record.get("names")), where)
    more = record.get("synonyms")
    if isinstance(more, str):
        more = [each.strip() for each in more.split(";")] if ";" in more else split_synonyms(more)
    return (*names, *filter(None, _names(more, where))) if more else names


def _from_object(value: dict[str, Any], source: str) -> ClassRecords:
    categories, values = value.get("categories"), list(value.values())
    if isinstance(categories, list) and categories and all(isinstance(each, dict) for each in categories):
        return from_records(categories, source)
    index = value.get("id2label", value)
    if isinstance(index, dict) and index and all(re.fullmatch(r"\d+", key) for key in index):
        return from_index(index, source)
    if all(isinstance(each, int) and not isinstance(each, bool) for each in values):
        if len(set(values)) < len(values):
            refuse(source, "one index for several names", _NUMBER)
        return from_index({row: name for name, row in value.items()}, source)
    if all(isinstance(each, str | None) for each in values):
        return ClassRecords([(name,) for name in value], None, values)
    refuse(source, f"an object with the keys {list(value)[:5]}")


def _sorted_by_id(records: Sequence[Mapping[str, Any]], source: str) -> list[Mapping[str, Any]]:
    try:
        order = {int(each["id"]): each for each in records}
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"labels from {source}", "a category without a whole number as id", _NUMBER) from error
    if sorted(order) != list(range(len(records))):
        refuse(source, f"{len(records)} categories with ids other than 0 to {len(records) - 1}", _NUMBER)
    return [order[row] for row in range(len(records))]


def _from_categories(records: list[Mapping[str, Any]], source: str) -> ClassRecords:
    """Species as iNaturalist lists them: the common name first, then the scientific one, which is the id too.

    The definition is the place in the tree of life: "one of the reptiles; order Squamata, family Colubridae".
    """
    names, definitions = [], []
    for number, each in enumerate(records):
        scientific = _names(each.get("name"), f"{source}, category {number}")[0]
        names.append(tuple(dict.fromkeys(filter(None, (each.get("common_name"), scientific)))))
        kind = str(each.get("supercategory") or "").casefold()
        tree = [f"{rank} {each[rank]}" for rank in ("order", "family", "genus") if each.get(rank)]
        parts = [f"one of the {kind}" if kind and tree else kind, ", ".join(tree)]
        definitions.append("; ".join(filter(None, parts)) or None)
    return ClassRecords(names, [str(each["name"]) for each in records], definitions)
