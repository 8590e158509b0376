"""Words of direction: who is highest, who differs, which way a conclusion goes. Each rule holds one kind of sentence against the expected values."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from numerals import SPACES, pattern, read
from sentences import Block
from shares import spoken_together, sum_key
from store import Store, Value, alike, written
from tables import Problem
from words import SENTENCES

ALPHA = 0.05
Known = dict[str, Value]
Rows = dict[str, dict[str, list[str]]]  # table -> row -> the cells that a page shows


def compiled(language: str) -> dict[str, re.Pattern[str]]:
    """Return the expressions of the sentences in a language."""
    found = {}
    for rule, texts in SENTENCES.items():
        text = texts[language]
        for number in "12":
            text = text.replace(f"L{number}", rf"⟦(?P<l{number}>\d+)⟧(?P<t{number}>[^⟨]*)⟨")
        text = re.sub(r"(?<![\w<])A(?![\w])", "(?P<a>[^”»⟦]*?)", text)
        text = re.sub(r"(?<![\w<])B(?![\w])", "(?P<b>[^”»⟦]*?)", text)
        text = (
            text.replace("NUM", pattern(language)).replace("…", ".*?").replace(" ", f"[ {SPACES}]").replace("'", "['’]")
        )
        found[rule] = re.compile(text)
    return found


@dataclass
class Judge:
    """Judges the sentences of one report; `shown` says which rows stand on its pages with nothing hidden."""

    store: Store
    shown: Rows

    def __post_init__(self) -> None:
        self.rules = compiled(self.store.language)

    def problems(self, block: Block) -> Iterator[Problem]:
        """Return what is wrong with the directions that a block says."""
        for rule, expression in self.rules.items():
            if rule.startswith("caption_") and block.kind != "figcaption":
                continue
            for match in expression.finditer(block.text):
                check: Callable[[re.Match[str], Block], str | None] = getattr(self, f"_{rule}")
                wrong = check(match, block)
                if wrong:
                    yield Problem(block.where, re.sub(r"⟦\d+⟧|⟨", "", block.text), f"{rule}: {wrong}")

    def _link(self, match: re.Match[str], block: Block, number: str = "1") -> tuple[str, str, Known]:
        table, row = block.links[int(match[f"l{number}"])]
        return table, row, self.store.row(table, row)

    def _says(self, text: str, value: float) -> bool:
        number = re.search(pattern(self.store.language), text)
        return number is not None and read(number[0], self.store.language).equals(value, 0.0051)

    def spoken(self, table: str, key: str, text: str) -> str | None:
        """Return the column of the share that sentences on a table speak of."""
        name = table.partition("_by_")[0]
        if table.startswith("response_by_"):
            return "rate"
        items = [item for item in self.store.items.values() if name in (item.id, item.parent)]
        if items and items[0].kind == "box":
            return next(
                (f"{box.id}.percent" for box in items if alike(box.name[self.store.language]) in alike(text)), None
            )
        if not items:
            return None
        item = next((item for item in items if key.startswith(item.id)), items[0])
        return f"{sum_key(spoken_together(self.store, item)[0], item)}.percent"  # type: ignore[arg-type]

    def _comparable(self, table: str, key: str, column: str) -> dict[str, float]:
        """Return the value of each group that the page shows: rows of the same statement, without all and without those who gave no answer."""
        prefix = key.rpartition("--")[0]
        found = {}
        for row, cells in self.shown.get(table, {}).items():
            if (
                row.rpartition("--")[0] == prefix
                and row.rpartition("--")[2] not in ("total", "blank")
                and ":" not in cells
            ):
                value = self.store.row(table, row).get(column)
                if isinstance(value, float):
                    found[row] = value
        return found

    def _from_to(self, match: re.Match[str], block: Block) -> str | None:
        table, low, _known = self._link(match, block)
        other, high, _ = self._link(match, block, "2")
        if "_model_" in table:
            return None
        column = self.spoken(table, low, block.text)
        values = self._comparable(table, low, column or "")
        if table != other or low not in values or high not in values:
            return f"{low} or {high} is no group that is shown with {column}"
        if values[low] > min(values.values()) or values[high] < max(values.values()):
            return f"the lowest is {min(values, key=values.get)}, the highest {max(values, key=values.get)}"  # type: ignore[arg-type]
        if not self._says(match["t1"], values[low]) or not self._says(match["t2"], values[high]):
            return f"expected {values[low]} and {values[high]}"
        return (
            self._named(table, low, match["a"])
            or self._named(table, high, match["b"])
            or self._all_said(table, low, block)
        )

    def _named(self, table: str, key: str, label: str | None) -> str | None:
        group = table.partition("_by_")[2]
        expected = self.store.label(group, key.rpartition("--")[2])
        return f"{label!r} should be {expected!r}" if label and expected and alike(label) != alike(expected) else None

    def _differing(self, table: str, key: str) -> tuple[set[str], set[str]]:
        """Return the groups that differ from the others once tests are adjusted: higher ones, lower ones."""
        prefix = key.rpartition("--")[0]
        rows = {
            row: self.store.row(table, row) for row in self.shown.get(table, {}) if row.rpartition("--")[0] == prefix
        }
        tested = {
            row: known
            for row, known in rows.items()
            if isinstance(known.get("p_adjusted"), float) and known["p_adjusted"] < ALPHA
        }
        return {row for row, known in tested.items() if known["superiority"] > 0.5}, {
            row for row, known in tested.items() if known["superiority"] < 0.5
        }

    def _all_said(self, table: str, key: str, block: Block) -> str | None:
        """Hold who is said to answer higher or lower than the others against all of whom it is true."""
        compared = f"comparison_{table}"
        if compared not in self.shown:
            return None
        higher, lower = self._differing(compared, key)
        for rule, expected in (("higher", higher), ("lower", lower)):
            said = self.rules[rule].search(block.text)
            linked = (
                {
                    block.links[int(number)][1]
                    for number in re.findall(r"⟦(\d+)⟧", self._sentence(block.text, said.start()))
                }
                if said
                else set()
            )
            if linked != expected:
                return f"{rule} than the others are {sorted(expected)}, said of {sorted(linked)}"
        nobody = bool(self.rules["none_differs"].search(block.text))
        return (
            "somebody differs"
            if nobody and higher | lower
            else None
            if nobody or higher | lower
            else "nobody differs, and it is not said"
        )

    @staticmethod
    def _sentence(text: str, start: int) -> str:
        end = re.search(r"⟨\)\.", text[start:])
        return text[start : start + end.end()] if end else text[start:]

    def _higher(self, match: re.Match[str], block: Block) -> str | None:
        for number, label in self._pairs(self._sentence(block.text, match.start())):
            table, row = block.links[number]
            group = table.partition("_by_")[2]
            expected = self.store.label(group, row.rpartition("--")[2])
            if expected and not alike(label).endswith(alike(expected)):
                return f"{label!r} is linked to {row}"
        return None

    _lower = _higher

    @staticmethod
    def _pairs(text: str) -> list[tuple[int, str]]:
        return [(int(number), label) for label, number in re.findall(r"[:,] ([^⟦]*?) \((?:\w+ )?⟦(\d+)⟧", text)]

    def _none_differs(self, match: re.Match[str], block: Block) -> str | None:
        return None  # checked with the groups, where the table is known

    def _above_half(self, match: re.Match[str], block: Block) -> str | None:
        return None if self._end(match, block, "low") > 50 else "the interval does not lie above 50"

    def _below_half(self, match: re.Match[str], block: Block) -> str | None:
        return None if self._end(match, block, "high") < 50 else "the interval does not lie below 50"

    def _end(self, match: re.Match[str], block: Block, end: str) -> float:
        _table, row, known = self._link(match, block)
        item = row if row in self.store.items else None
        key = (
            f"{sum_key(spoken_together(self.store, self.store.items[item])[0], self.store.items[item])}."
            if item
            else ""
        )  # type: ignore[arg-type]
        return float(known[f"{key}{end}"])

    def _largest(self, match: re.Match[str], block: Block) -> str | None:
        table, row, known = self._link(match, block)
        name, level = self._split(row)
        rows = {
            key: abs(float(values["adjusted"]))
            for (t, key), values in self.store.rows.items()
            if t == table and key.startswith(f"{name}-")
        }
        if max(rows, key=rows.get) != row:  # type: ignore[arg-type]
            return f"the largest is {max(rows, key=rows.get)}"  # type: ignore[arg-type]
        if not self._says(match["t1"], float(known["adjusted"])):
            return f"expected {known['adjusted']}"
        expected = self.store.label(name, level), self.store.label(name, self.store.items[name].low_to_high[0])
        return None if (match["a"], match["b"]) == expected else f"expected {expected}"

    def _split(self, row: str) -> tuple[str, str]:
        name = next(item for item in self.store.plan["predictors"] if row.startswith(f"{item}-"))
        return name, row.removeprefix(f"{name}-")

    def _highest_lowest(self, match: re.Match[str], block: Block) -> str | None:
        table, high, _known = self._link(match, block)
        _, low, _other = self._link(match, block, "2")
        rows = {key: float(values["high"]) for (t, key), values in self.store.rows.items() if t == table}
        if rows[high] < max(rows.values()) or rows[low] > min(rows.values()):
            return f"the highest is {max(rows, key=rows.get)}, the lowest {min(rows, key=rows.get)}"  # type: ignore[arg-type]
        if not self._says(match["t1"], rows[high]) or not self._says(match["t2"], rows[low]):
            return f"expected {rows[high]} and {rows[low]}"
        name = table.partition("_model_predicted_")[2]
        expected = self.store.label(name, high), self.store.label(name, low)
        return None if (match["a"], match["b"]) == expected else f"expected {expected}"

    def _average(self, block: Block, sign: int) -> str | None:
        table = block.links[0][0]
        rows = {key: values for (t, key), values in self.store.rows.items() if t == table}
        expected = {
            key for key, values in rows.items() if values["p_adjusted"] < ALPHA and sign * values["estimate"] > 0
        }
        said = {row for _, row in block.links}
        if said != expected:
            return f"expected of {sorted(expected)}"
        for label, number in re.findall(r"(?:[:,]| and| og) ([^⟦]*?) \(⟦(\d+)⟧", block.text):
            name = self.store.label(self.store.plan["unit"], block.links[int(number)][1])
            if not alike(label).endswith(alike(name or "")):
                return f"{label!r} is linked to {name!r}"
        return None

    def _above_average(self, match: re.Match[str], block: Block) -> str | None:
        return self._average(block, 1)

    def _below_average(self, match: re.Match[str], block: Block) -> str | None:
        return self._average(block, -1)

    def _null_inside(self, table: str, known: Known) -> tuple[bool, float]:
        column = "estimate" if "odds_ratios" in table else "adjusted"
        ends = "interval" if column == "estimate" else "adjusted_interval"
        null = 1.0 if column == "estimate" else 0.0
        return float(known[f"{ends}.low"]) <= null <= float(known[f"{ends}.high"]), float(known[column])

    def _no_difference(self, match: re.Match[str], block: Block) -> str | None:
        table, _, known = self._link(match, block)
        inside, value = self._null_inside(table, known)
        return (
            None
            if inside and self._says(match["t1"], value)
            else "the interval leaves no difference out, or the number is another"
        )

    def _differs(self, match: re.Match[str], block: Block) -> str | None:
        table, _, known = self._link(match, block)
        inside, value = self._null_inside(table, known)
        return (
            None
            if not inside and self._says(match["t1"], value)
            else "the interval holds no difference, or the number is another"
        )

    def _goes_with(self, match: re.Match[str], block: Block) -> str | None:
        return None if float(self._link(match, block)[2]["p_value"]) < ALPHA else "p is not small"

    def _not_shown(self, match: re.Match[str], block: Block) -> str | None:
        return None if float(self._link(match, block)[2]["p_value"]) >= ALPHA else "p is small"

    def _smallest(self, match: re.Match[str], block: Block, prefix: str) -> str | None:
        table, row, _known = self._link(match, block)
        rows = {
            key: float(values["p_value"])
            for (t, key), values in self.store.rows.items()
            if t == table and key.startswith(prefix)
        }
        if rows[row] > min(rows.values()) or not self._says(match["t1"], rows[row]):
            return f"the smallest is {min(rows.values())} of {min(rows, key=rows.get)}"  # type: ignore[arg-type]
        return None if rows[row] >= ALPHA / len(rows) else "the assumption fails"

    def _odds_hold(self, match: re.Match[str], block: Block) -> str | None:
        return self._smallest(match, block, "lr-")

    def _equally_spread(self, match: re.Match[str], block: Block) -> str | None:
        return self._smallest(match, block, "scale-")

    def _largest_change(self, match: re.Match[str], block: Block) -> str | None:
        table, row, known = self._link(match, block)
        rows = {key: abs(float(values["estimate"])) for (t, key), values in self.store.rows.items() if t == table}
        if max(rows, key=rows.get) != row or not self._says(match["t1"], rows[row]):  # type: ignore[arg-type]
            return f"the largest is {max(rows, key=rows.get)}"  # type: ignore[arg-type]
        name, level = row.split("-", 1)
        expected = (
            self.store.label(name, level),
            self.store.label(table.partition("_model_")[0], str(known["category"])),
        )
        return None if (match["a"], match["b"]) == expected else f"expected {expected}"

    def _variants(self, match: re.Match[str], block: Block) -> str | None:
        _table, _, known = self._link(match, block)
        values = {column: float(value) for column, value in known.items() if "." not in column}
        if not self._says(match["t1"], min(values.values())) or not self._says(match["t2"], max(values.values())):
            return f"expected {min(values.values())} to {max(values.values())}"
        signs = {(float(known[f"{name}.low"]) > 0) - (float(known[f"{name}.high"]) < 0) for name in values}
        return None if len(signs) == 1 else "the conclusion is not the same under every choice"

    def _mixed_stays(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        signs = {
            (float(known[f"{name}.low"]) > 0) - (float(known[f"{name}.high"]) < 0)
            for name in ("first_interval", "other_interval")
        }
        return (
            None
            if len(signs) == 1 and self._says(match["t1"], float(known["other"]))
            else "the conclusion does not stay, or the number is another"
        )

    def _units_differ(self, match: re.Match[str], block: Block) -> str | None:
        return None if float(self._link(match, block)[2]["value"]) < ALPHA else "p is not small"

    def _largest_gap(self, match: re.Match[str], block: Block) -> str | None:
        table, row, _known = self._link(match, block)
        expected = self.store.rows[table, "*"]["largest"]
        label = self.store.label(table.removeprefix("balance_by_"), row)
        return None if row == expected and label == match["a"] else f"the largest is that of {expected}"

    def _extremes(
        self, match: re.Match[str], block: Block, values: dict[str, float], labels: dict[str, str | None]
    ) -> str | None:
        high, low = max(values, key=values.get), min(values, key=values.get)  # type: ignore[arg-type]
        if not self._says(match["t1"], values[high]) or not self._says(match["t2"], values[low]):
            return f"expected {values[high]} and {values[low]}"
        ends = (
            {alike(labels[key] or "") for key in values if values[key] == values[high]},
            {alike(labels[key] or "") for key in values if values[key] == values[low]},
        )
        said = alike(match["a"]), alike(match["b"])
        return None if said[0] in ends[0] and said[1] in ends[1] else f"expected {labels[high]!r} and {labels[low]!r}"

    def _most_fewest(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        boxes = [item for item in self.store.items.values() if item.parent == table]
        values = {box.id: float(self.store.rows[table, box.id]["ticked.percent"]) for box in boxes}
        return self._extremes(match, block, values, {box.id: box.name[self.store.language] for box in boxes})

    def _largest_group(self, match: re.Match[str], block: Block) -> str | None:
        table, row, _known = self._link(match, block)
        values = {
            key: float(values["percent"])
            for (t, key), values in self.store.rows.items()
            if t == table and key != "total"
        }
        if max(values, key=values.get) != row:  # type: ignore[arg-type]
            return f"the largest is {max(values, key=values.get)}"  # type: ignore[arg-type]
        return (
            None
            if self.store.label(table, row) == match["a"] and self._says(match["t1"], values[row])
            else "the name or the number is another"
        )

    def _most_least_often(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        values = {item: float(value) for item, value in known.items()}
        names = {item: self.store.items[item].name[self.store.language] for item in values}
        return self._extremes(match, block, values, names)  # type: ignore[arg-type]

    def _turns(self, match: re.Match[str], block: Block, above: bool) -> str | None:
        known = self._link(match, block)[2]
        fine = self._says(match["t1"], float(known["turns"])) and (float(known["percent"]) > 50) is above
        return None if fine else f"expected {known['turns']} where {known['percent']} gave the answer"

    def _turns_more(self, match: re.Match[str], block: Block) -> str | None:
        return self._turns(match, block, True)

    def _turns_less(self, match: re.Match[str], block: Block) -> str | None:
        return self._turns(match, block, False)

    def _holds_zero(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        return None if float(known["conf_low"]) <= 0 <= float(known["conf_high"]) else "the interval does not hold zero"

    def _statements(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        items = [item for item in self.store.items.values() if item.parent == table]
        column = f"{sum_key(spoken_together(self.store, items[0])[0], items[0])}.percent"  # type: ignore[arg-type]
        values = {item.id: float(self.store.rows[table, item.id][column]) for item in items}
        return self._extremes(match, block, values, {item.id: item.name[self.store.language] for item in items})  # type: ignore[misc]

    def _readings(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        said = re.findall(r"⟦\d+⟧([^⟨]*)⟨", block.text)
        values = [float(value) for value in known.values()]
        fine = len(said) == len(values) and all(
            self._says(text, value) for text, value in zip(said, values, strict=True)
        )
        return None if fine else f"expected {values}"

    def _before(self, match: re.Match[str], block: Block) -> str | None:
        _, row, known = self._link(match, block)
        reminder = next(
            (
                str(day)
                for day in self.store.plan["fieldwork"]["reminders"]
                if written(str(day), self.store.language) == match["a"]
            ),
            None,
        )
        days = sorted(
            day for (table, day), _ in self.store.rows.items() if table == "arrivals" and day < (reminder or "")
        )
        return (
            None
            if days and row == days[-1] and self._says(match["t1"], float(known["percent"]))
            else f"expected the last day before {reminder}"
        )

    def _in_the_end(self, match: re.Match[str], block: Block) -> str | None:
        _, row, known = self._link(match, block)
        days = sorted(day for (table, day), _ in self.store.rows.items() if table == "arrivals")
        return None if row == days[-1] and self._says(match["t1"], float(known["percent"])) else "expected the last day"

    def _caption_share(self, match: re.Match[str], block: Block) -> str | None:
        item = self.store.items.get(block.figure)
        if item is None or not item.ordinal:
            return None
        expected = float(self.store.row(block.figure, sum_key(spoken_together(self.store, item)[0], item))["percent"])  # type: ignore[arg-type]
        return None if read(match["share"], self.store.language).equals(expected) else f"expected {expected}"

    def _caption_range(self, match: re.Match[str], block: Block) -> str | None:
        name = block.figure.removesuffix("-bars")
        table, prefix = self._battery(name)
        column = self.spoken(table, prefix, block.text)
        if column is None:
            return None
        keys = [row for row in self.shown.get(table, {}) if row.startswith(prefix)]
        values = list(self._comparable(table, keys[0], column).values()) if keys else []
        if not values:
            return f"no group of {table} is shown"
        said = [read(match[end], self.store.language) for end in ("low", "high")]
        return (
            None
            if said[0].equals(min(values)) and said[1].equals(max(values))
            else f"expected {min(values)} to {max(values)}"
        )

    def _battery(self, name: str) -> tuple[str, str]:
        """Return the table that a figure draws, and the part of its rows: a statement's figure is a part of its battery's table."""
        for item in self.store.items.values():
            if item.kind == "statement" and name.startswith(item.id):
                return name.replace(item.id, item.parent, 1), f"{item.id}--"
        return name, ""
