"""Words of direction: who is highest, who differs, which way a conclusion goes. Each rule holds one kind of sentence against the expected values."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from numerals import SPACES, pattern, read
from sentences import Block
from shares import spoken_together, sum_key
from store import Store, Value, alike, written
from tables import Problem
from words import HIGHER, SENTENCES, STAYS

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
        self.said: dict[str, set[str]] = {}

    def problems(self, block: Block) -> Iterator[Problem]:
        """Return what is wrong with the directions that a block says."""
        for rule, expression in self.rules.items():
            if rule.startswith("caption_") and block.kind != "figcaption":
                continue
            for match in expression.finditer(block.text):
                check: Callable[[re.Match[str], Block], str | None] = getattr(self, f"_{rule}")
                try:
                    wrong = check(match, block)
                except (KeyError, IndexError, StopIteration, ValueError) as error:
                    wrong = f"what it says cannot be held against anything ({error!r})"
                if wrong:
                    yield Problem(block.where, re.sub(r"⟦\d+⟧|⟨", "", block.text), f"{rule}: {wrong}")

    def _link(self, match: re.Match[str], block: Block, number: str = "1") -> tuple[str, str, Known]:
        table, row = block.links[int(match[f"l{number}"])]
        return table, row, self.store.row(table, row)

    def _says(self, text: str, value: float) -> bool:
        number = re.search(pattern(self.store.language), text)
        return number is not None and read(number[0], self.store.language).equals(value, 1e-5)

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
        column = self.spoken(table, low, block.text) or self._box_between(table, low, high)
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
            or self._places(block, low, high)
        )

    def _places(self, block: Block, *rows: str) -> str | None:
        """Hold the names in a sentence on two groups, where they are written as in running text, against the rows in their order."""
        group = block.links[0][0].partition("_by_")[2]
        words = [self.in_sentence(group, row.rpartition("--")[2]) for row in rows]
        places = [block.text.find(text) for text in words if text]
        return f"expected {words}" if -1 not in places and places != sorted(places) else None

    def in_sentence(self, item: str, code: str) -> str | None:
        """Return how running text names a group, where the codebook says it."""
        entry = self.store.codebook["items"].get(item, {})
        for category in self.store.codebook["scales"].get(entry.get("scale", ""), {}).get("categories", []):
            if category["code"] == code:
                return category.get("in_sentence", {}).get(self.store.language)
        return None

    def _box_between(self, table: str, low: str, high: str) -> str | None:
        """Return the box of which two groups have the lowest and the highest share, where a sentence does not name it."""
        for box in (item for item in self.store.items.values() if item.parent == table.partition("_by_")[0]):
            values = self._comparable(table, low, f"{box.id}.percent")
            if values and values.get(low) == min(values.values()) and values.get(high) == max(values.values()):
                return f"{box.id}.percent"
        return None

    def _named(self, table: str, key: str, label: str | None) -> str | None:
        group = table.partition("_by_")[2]
        expected = self.store.label(group, key.rpartition("--")[2])
        return f"{label!r} should be {expected!r}" if label and expected and alike(label) != alike(expected) else None

    def _differing(self, table: str, key: str, sure: bool = False) -> tuple[set[str], set[str]]:
        """Return the groups that differ from the others once tests are adjusted, higher ones and lower ones: all that may, or all that must.

        The pages' p values are simulated; near the limit both are right.
        """
        prefix = key.rpartition("--")[0]
        rows = {
            row: self.store.row(table, row) for row in self.shown.get(table, {}) if row.rpartition("--")[0] == prefix
        }
        tested = {
            row: known
            for row, known in rows.items()
            if "p_adjusted" in known
            and float(known["p_adjusted"]) + (1 if sure else -1) * float(known["p_adjusted.error"]) < ALPHA
        }
        higher = {row for row, known in tested.items() if float(known["superiority"]) > 0.5}
        return higher, set(tested) - higher

    def _above_half(self, match: re.Match[str], block: Block) -> str | None:
        return None if self._end(match, block, "low") > 50 else "the interval does not lie above 50"

    def _below_half(self, match: re.Match[str], block: Block) -> str | None:
        return None if self._end(match, block, "high") < 50 else "the interval does not lie below 50"

    def _end(self, match: re.Match[str], block: Block, end: str) -> float:
        _, row, known = self._link(match, block)
        if f"conf_{end}" in known:
            return float(known[f"conf_{end}"])
        item = self.store.items.get(row)
        key = f"{sum_key(spoken_together(self.store, item)[0], item)}." if item else ""  # type: ignore[arg-type]
        return float(known[f"{key}{end}"])

    def _than_rest(self, match: re.Match[str], block: Block) -> str | None:
        table, row, known = self._link(match, block)
        self.said.setdefault(table, set()).add(row)
        higher, lower = self._differing(table, row)
        if row not in (higher if match["way"] in HIGHER else lower):
            return f"{row} does not answer {match['way']} than the rest"
        label = self.store.label(table.partition("_by_")[2], row.rpartition("--")[2])
        said = self.in_sentence(table.partition("_by_")[2], row.rpartition("--")[2]) or label or ""
        named = alike(said) in alike(match[0]) and self._says(match["t1"], float(known["superiority"]))
        return None if named else f"expected {label!r} with {known['superiority']}"

    def unsaid(self) -> Iterator[Problem]:
        """Return groups that differ from the rest and are not said to, in tables of which some are said."""
        for table in sorted(self.said):
            for prefix in {row.rpartition("--")[0] for row in self.shown.get(table, {})}:
                higher, lower = self._differing(table, f"{prefix}--" if prefix else "", sure=True)
                for row in sorted((higher | lower) - self.said[table]):
                    yield Problem(f"#table-{table}", row, "differs from the rest, and it is not said")

    def _points(self, known: Known) -> tuple[float, float, float]:
        return tuple(float(known[name]) for name in ("smoothed", "smoothed_interval.low", "smoothed_interval.high"))  # type: ignore[return-value]

    def _by_points(self, match: re.Match[str], block: Block) -> str | None:
        _, row, known = self._link(match, block)
        value, low, high = self._points(known)
        if low <= 0 <= high or (value > 0) is not (match["way"] in HIGHER) or not self._says(match["t1"], abs(value)):
            return f"expected {value} ({low} to {high})"
        name, level = self._split(row)
        after = block.text[match.end() :]
        words = [
            self.in_sentence(name, code) or self.store.label(name, code) or ""
            for code in (level, self.store.items[name].low_to_high[0])
        ]
        places = [after.find(text) for text in words]
        return None if -1 not in places and places == sorted(places) else f"expected {words} in this order"

    def _largest(self, match: re.Match[str], block: Block) -> str | None:
        table, row, _ = self._link(match, block)
        name, _ = self._split(row)
        rows = {
            key: abs(float(values["smoothed"]))
            for (t, key), values in self.store.rows.items()
            if t == table and key.startswith(f"{name}-")
        }
        return None if max(rows, key=rows.get) == row else f"the largest is {max(rows, key=rows.get)}"  # type: ignore[arg-type]

    def _times(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        fine = self._says(match["t1"], float(known["estimate"])) and not self._holds_one(known)
        return None if fine else f"expected {known['estimate']}, or the interval holds 1"

    @staticmethod
    def _holds_one(known: Known) -> bool:
        return float(known["interval.low"]) <= 1 <= float(known["interval.high"])

    def _no_odds(self, match: re.Match[str], block: Block) -> str | None:
        known = self._link(match, block)[2]
        if "adjusted" in known:
            return None
        return None if self._holds_one(known) else "the interval leaves 1 out"

    def _instead(self, match: re.Match[str], block: Block) -> str | None:
        _, _, known = self._link(match, block)
        other = next(name for name in ("free", "partial", "other") if name in known)
        if not self._says(match["t1"], float(known[other])) or not self._says(match["t2"], float(known["one"])):
            return f"expected {known[other]} instead of {known['one']}"
        signs = {
            (float(known[f"{name}_interval.low"]) > 0) - (float(known[f"{name}_interval.high"]) < 0)
            for name in (other, "one")
        }
        stays = len(signs) == 1
        return None if stays is (match["stays"] in STAYS) else f"the conclusion {'stays' if stays else 'changes'}"

    def _split(self, row: str) -> tuple[str, str]:
        name = next(item for item in self.store.plan["predictors"] if row.startswith(f"{item}-"))
        return name, row.removeprefix(f"{name}-")

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

    def _goes_with(self, match: re.Match[str], block: Block) -> str | None:
        return None if float(self._link(match, block)[2]["p_value"]) < ALPHA else "p is not small"

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
        return self._smallest(match, block, "")

    def _largest_move(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        rows = [values for (name, _), values in self.store.rows.items() if name == table]
        most = max(abs(float(values["estimate"])) for values in rows)
        reach = self._farthest(rows)
        fine = self._says(match["t1"], most) and self._says(match["t2"], reach)
        return None if fine else f"the largest is {most}, and the intervals reach {reach}"

    @staticmethod
    def _farthest(rows: list[Known]) -> float:
        """Return how far from nothing intervals reach."""
        return max(abs(float(values[f"interval.{end}"])) for values in rows for end in ("low", "high"))

    def _units_within(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        rows = [values for (name, _), values in self.store.rows.items() if name == table]
        others = [values for values in rows if float(values["p_adjusted"]) >= ALPHA]
        reach = self._farthest(others)
        if not self._says(match["t1"], reach):
            return f"the intervals reach {reach}"
        return None if (len(others) < len(rows)) is bool(match["other"]) else "some differ, or none does"

    def _lacking(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        rows = {row: values for (name, row), values in self.store.rows.items() if name == table}
        tests = {row: float(values["p_value"]) for row, values in rows.items() if "p_value" in values}
        most = max(float(rows[row]["percent"]) for row in rows if row.partition("--")[0] in tests and "--" in row)
        if not self._says(match["t1"], min(tests.values())) or not self._says(match["t2"], most):
            return f"the smallest is {min(tests.values())}, the most {most}"
        alike = min(tests.values()) >= ALPHA / len(tests)
        return None if alike is (len(match["none"]) > 1) else f"they {'do not differ' if alike else 'differ'}"

    def _variants(self, match: re.Match[str], block: Block) -> str | None:
        _table, _, known = self._link(match, block)
        values = {column: float(value) for column, value in known.items() if "." not in column}
        if not self._says(match["t1"], min(values.values())) or not self._says(match["t2"], max(values.values())):
            return f"expected {min(values.values())} to {max(values.values())}"
        signs = {(float(known[f"{name}.low"]) > 0) - (float(known[f"{name}.high"]) < 0) for name in values}
        return None if len(signs) == 1 else "the conclusion is not the same under every choice"

    def _units_differ(self, match: re.Match[str], block: Block) -> str | None:
        return None if float(self._link(match, block)[2]["value"]) < ALPHA else "p is not small"

    def _largest_gap(self, match: re.Match[str], block: Block) -> str | None:
        table, row, known = self._link(match, block)
        expected = self.store.rows[table, "*"]["largest"]
        label = self.store.label(table.removeprefix("balance_by_"), row)
        fine = row == expected and label == match["a"] and (float(known["gap"]) > 0) is (match["way"] in HIGHER)
        return (
            None if fine and self._says(match["t1"], abs(float(known["gap"]))) else f"the largest is that of {expected}"
        )

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

    def _statements(self, match: re.Match[str], block: Block) -> str | None:
        table = self._link(match, block)[0]
        items = [item for item in self.store.items.values() if item.parent == table]
        column = f"{sum_key(spoken_together(self.store, items[0])[0], items[0])}.percent"  # type: ignore[arg-type]
        values = {item.id: float(self.store.rows[table, item.id][column]) for item in items}
        return self._extremes(match, block, values, {item.id: item.name[self.store.language] for item in items})  # type: ignore[misc]

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
