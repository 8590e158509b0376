"""Made-up exports in each platform's own layout, of answers whose counts are known."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyreadstat
import xlsxwriter

UNITS = ("Nord", "Sør", "Øst")
ROLES = ("Medarbeider", "Leder")
DEGREE = ("I liten grad", "I noen grad", "I stor grad", "Vet ikke")
IMPORTANCE = ("Ganske uviktig", "Ganske viktig", "Svært viktig")
MEASURES = ("IKT, drift", "HR", "Innkjøp")
GOALS = ("Samordning", "Fellesskap")
QUESTIONS = {
    "unit": "Hvilken enhet jobber du i?",
    "role": "Hvilken rolle har du?",
    "belonging": "I hvilken grad føler du tilhørighet?",
    "goals": "Hvor viktige er målene?",
    "measures": "Hvilke tiltak har du arbeidet med?",
}
START = datetime(2024, 3, 4, 9)


@dataclass(frozen=True)
class Answer:
    """One person's answers, as positions in the lists above; None where the question is blank."""

    number: int
    unit: int
    role: int
    belonging: int | None
    goals: tuple[int | None, ...]
    measures: tuple[bool, ...]
    started: datetime

    @property
    def sent(self) -> datetime:
        return self.started + timedelta(minutes=6)

    @property
    def email(self) -> str:
        return f"person{self.number}@example.org"

    @property
    def comment(self) -> str:
        return f"fri tekst nummer {self.number} om saken"


def answers(number: int = 120, seed: int = 1) -> list[Answer]:
    """Return answers, each measure ticked by some, some questions blank."""
    rng = random.Random(seed)

    def pick(size: int, blank: float = 0.0) -> int | None:
        return None if rng.random() < blank else rng.randrange(size)

    return [
        Answer(
            k + 1,
            k % 3 if k < 30 else int(pick(3) or 0),
            k % 2 if k < 30 else int(pick(2) or 0),
            k % 4 if k < 40 else pick(4, 0.1),
            tuple(k % 3 if k < 40 else pick(3, 0.1) for _ in GOALS),
            tuple(rng.random() < share for share in (0.5, 0.4, 0.3)) if k else (True, True, False),
            START + timedelta(days=rng.randrange(10), minutes=rng.randrange(400)),
        )
        for k in range(number)
    ]


def truth(given: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Return the counts by question and answer: what any layout has to give."""

    def counted(values: Sequence[int | None], texts: Sequence[str]) -> dict[str, int]:
        return dict(Counter("" if v is None else texts[v] for v in values))

    found = {
        "unit": counted([a.unit for a in given], UNITS),
        "role": counted([a.role for a in given], ROLES),
        "belonging": counted([a.belonging for a in given], DEGREE),
    }
    for k, goal in enumerate(GOALS):
        found[goal] = counted([a.goals[k] for a in given], IMPORTANCE)
    for k, measure in enumerate(MEASURES):
        found[measure] = dict(Counter("ticked" if a.measures[k] else "not_ticked" for a in given))
    return found


Boxes = Callable[[int, bool], str]


def rows(
    given: Sequence[Answer],
    coded: bool = False,
    box: Boxes | None = None,
    separator: str | None = None,
    moment: str = "%Y-%m-%d %H:%M:%S",
    first: int = 1,
) -> list[dict[str, str]]:
    """Return the answers as cells: labels or numbers, ticks a box each or in one cell."""

    def cell(value: int | None, texts: Sequence[str]) -> str:
        return "" if value is None else str(value + first) if coded else texts[value]

    out = []
    for a in given:
        row = {
            "id": f"{a.number:05d}", "email": a.email, "comment": a.comment, "started": a.started.strftime(moment),
            "sent": a.sent.strftime(moment), "unit": cell(a.unit, UNITS), "role": cell(a.role, ROLES),
            "belonging": cell(a.belonging, DEGREE),
        }  # fmt: skip
        row |= {f"g{k}": cell(value, IMPORTANCE) for k, value in enumerate(a.goals)}
        if separator is None:
            row |= {f"m{k}": (box or _own)(k, ticked) for k, ticked in enumerate(a.measures)}
        else:
            row["m"] = separator.join(m for m, ticked in zip(MEASURES, a.measures, strict=True) if ticked)
        out.append(row)
    return out


def _own(k: int, ticked: bool) -> str:
    return MEASURES[k] if ticked else ""


def words(yes: str, no: str) -> Boxes:
    """Return what stands in boxes that hold two words."""
    return lambda _, ticked: yes if ticked else no


def as_csv(headings: Sequence[Sequence[str]], body: Sequence[Sequence[str]], separator: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([*headings, *body])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(headings: Sequence[Sequence[str]], body: Sequence[Sequence[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, dated = book.add_worksheet("Svar"), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for number, row in enumerate([*headings, *body]):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, value, dated)
                elif value:
                    sheet.write(number, column, value)
    return buffer.getvalue()


def _table(
    given: Sequence[dict[str, str]], columns: dict[str, str], extra: dict[str, str] | None = None
) -> list[list[str]]:
    extra = extra or {}
    return [[extra[key] if key in extra else row[key] for key in columns] for row in given]


def _written(as_file, given, columns: dict[str, str], extra: dict[str, str] | None = None, **options) -> bytes:
    return as_file([list(columns.values())], _table(given, columns, extra), **options)


def _worded(join: str = " - ", end: str = "", numbered: bool = False) -> dict[str, str]:
    n = {key: f"{k}. " if numbered else "" for k, key in enumerate(QUESTIONS, start=1)}
    return {
        **{key: n[key] + QUESTIONS[key] for key in ("unit", "role", "belonging")},
        **{f"g{k}": f"{n['goals']}{QUESTIONS['goals']}{join}{goal}{end}" for k, goal in enumerate(GOALS)},
    }


def _boxed(join: str = " - ", end: str = "", numbered: bool = False) -> dict[str, str]:
    question = ("5. " if numbered else "") + QUESTIONS["measures"]
    return {f"m{k}": f"{question}{join}{measure}{end}" for k, measure in enumerate(MEASURES)}


def questback(given):
    columns = {"id": "Respondent-ID", "started": "Start", "sent": "Slutt", "status": "Status", "email": "E-post"}
    columns |= _worded(numbered=True) | _boxed(numbered=True) | {"comment": "6. Andre merknader"}
    cells = rows(given, moment="%d.%m.%Y %H:%M:%S")
    return {"q.xlsx": _written(as_xlsx, cells, columns, {"status": "Fullført"})}


def surveyxact_labels(given):
    columns = {
        "id": "respondent",
        "sent": "closets",
        "status": "statoverall",
        "unit": "s_1",
        "role": "s_2",
        "belonging": "s_3",
    }
    columns |= {"g0": "s_4_1", "g1": "s_4_2", "m0": "s_5_1", "m1": "s_5_2", "m2": "s_5_3", "comment": "s_6"}
    cells = rows(given, box=words("Valgt", "Ikke valgt"))
    return {"dataset.csv": _written(as_csv, cells, columns, {"status": "Gjennomført"}, separator=";")}


def surveyxact_codes(given):
    columns = {"id": "respondent", "sent": "closets", "unit": "s_1", "role": "s_2", "belonging": "s_3", "g0": "s_4_1"}
    columns |= {"g1": "s_4_2", "m0": "s_5_1", "m1": "s_5_2", "m2": "s_5_3"}
    scales = {"s_1": UNITS, "s_2": ROLES, "s_3": DEGREE, "s_4_1": IMPORTANCE, "s_4_2": IMPORTANCE}
    labels = [[name, str(k), text] for name, texts in scales.items() for k, text in enumerate(texts, start=1)]
    wording = {"s_1": QUESTIONS["unit"], "s_2": QUESTIONS["role"], "s_3": QUESTIONS["belonging"]}
    wording |= {f"s_4_{k}": f"{QUESTIONS['goals']} - {g}" for k, g in enumerate(GOALS, start=1)}
    wording |= {f"s_5_{k}": f"{QUESTIONS['measures']} - {m}" for k, m in enumerate(MEASURES, start=1)}
    return {
        "dataset.csv": _written(as_csv, rows(given, coded=True, box=words("1", "0")), columns, separator=";"),
        "labels.csv": as_csv([], labels, separator=";"),
        "variables.csv": as_csv([], [list(pair) for pair in wording.items()], separator=";"),
    }


def nettskjema(given):
    columns = {
        "id": "$submission_id",
        "sent": "$created",
        **_worded(),
        "m": QUESTIONS["measures"],
        "comment": "Merknader",
    }
    return {"n.csv": _written(as_csv, rows(given, separator=";", moment="%Y-%m-%dT%H:%M:%S"), columns, separator=";")}


def google(given):
    columns = {
        "sent": "Timestamp",
        "email": "Email Address",
        **_worded(" [", "]"),
        "m": QUESTIONS["measures"],
        "comment": "Merknader",
    }
    cells = rows(given, separator=";", moment="%Y/%m/%d %I:%M:%S %p GMT+1")
    return {"g.csv": _written(as_csv, cells, columns)}


def google_sheet(given):
    columns = {"sent": "Tidsmerke", **_worded(" [", "]"), "m": QUESTIONS["measures"], "comment": "Merknader"}
    table = _table(rows(given, separator=", "), columns)
    body = [[a.sent, *row[1:]] for a, row in zip(given, table, strict=True)]
    return {"g.xlsx": as_xlsx([list(columns.values())], body)}


def microsoft(given):
    columns = {"id": "ID", "started": "Start time", "sent": "Completion time", "email": "Email", "name": "Name"}
    columns |= _worded(".") | {"m": QUESTIONS["measures"], "comment": "Merknader"}
    table = _table(rows(given, separator=";"), columns, {"name": ""})
    body = [[a.number, a.started, a.sent, "anonymous", "", *row[5:-2], row[-2] and row[-2] + ";", row[-1]]
            for a, row in zip(given, table, strict=True)]  # fmt: skip
    return {"m.xlsx": as_xlsx([list(columns.values())], body)}


def _qualtrics(given, cells):
    keys = [
        "started",
        "sent",
        "type",
        "ip",
        "finished",
        "id",
        "unit",
        "role",
        "belonging",
        "g0",
        "g1",
        "m0",
        "m1",
        "m2",
        "comment",
    ]
    names = ["StartDate", "EndDate", "Status", "IPAddress", "Finished", "ResponseId", "Q1", "Q2", "Q3", "Q4_1", "Q4_2"]
    names += ["Q5_1", "Q5_2", "Q5_3", "Q6"]
    texts = ["Start Date", "End Date", "Response Type", "IP Address", "Finished", "Response ID", *_worded().values()]
    texts += [*_boxed(" - Selected Choice - ").values(), "Merknader"]
    ids = [f'{{"ImportId":"{name}"}}' for name in names]
    extra = {"type": "IP Address", "ip": "192.0.2.1", "finished": "True"}
    body = [[extra[k] if k in extra else row[k] for k in keys] for row in cells]
    preview = [*body[0]]
    preview[2], preview[5] = "Survey Preview", "R_preview"
    return {"q.csv": as_csv([names, texts, ids], [*body, *[preview] * 5])}


def qualtrics_labels(given):
    return _qualtrics(given, rows(given))


def qualtrics_numbers(given):
    return _qualtrics(given, rows(given, coded=True, box=words("1", "")))


def surveymonkey(given):
    top = [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "End Date",
        "Email Address",
        *[QUESTIONS[k] for k in list(QUESTIONS)[:3]],
    ]
    top += [QUESTIONS["goals"], "", QUESTIONS["measures"], "", "", "Merknader"]
    under = ["", "", "", "", "", "Response", "Response", "Response", *GOALS, *MEASURES, "Open-Ended Response"]
    cells = rows(given, moment="%m/%d/%Y %I:%M:%S %p")
    keys = dict.fromkeys(
        [
            "id",
            "collector",
            "started",
            "sent",
            "email",
            "unit",
            "role",
            "belonging",
            "g0",
            "g1",
            "m0",
            "m1",
            "m2",
            "comment",
        ],
        "",
    )
    return {"s.csv": as_csv([top, under], _table(cells, keys, {"collector": "4001"}))}


def surveymonkey_condensed(given):
    columns = {
        "id": "Respondent ID",
        "collector": "Collector ID",
        "started": "Start Date",
        "sent": "End Date",
        **_worded(),
    }
    columns |= {"m": QUESTIONS["measures"], "comment": "Merknader"}
    cells = rows(given, moment="%m/%d/%Y %I:%M:%S %p", separator=", ")
    return {"s.csv": _written(as_csv, cells, columns, {"collector": "4001"})}


def limesurvey(given):
    columns = {
        "id": "id",
        "sent": "submitdate",
        "page": "lastpage",
        "lang": "startlanguage",
        "started": "startdate",
        "unit": "unit",
    }
    columns |= {"role": "role", "belonging": "bel", "g0": "goals[SQ001]", "g1": "goals[SQ002]"}
    columns |= {"m0": "meas[SQ001]", "m1": "meas[SQ002]", "m2": "meas[SQ003]", "comment": "com"}
    extra = {"page": "3", "lang": "nb"}
    return {"l.csv": _written(as_csv, rows(given, coded=True, box=words("Y", "")), columns, extra)}


def limesurvey_answers(given):
    columns = {
        "id": "Response ID",
        "sent": "Date submitted",
        "page": "Last page",
        **_worded(" [", "]"),
        **_boxed(" [", "]"),
    }
    return {"l.csv": _written(as_csv, rows(given, box=words("Yes", "No")), columns, {"page": "3"})}


def redcap(given):
    columns = {
        "id": "record_id",
        "sent": "survey_timestamp",
        "unit": "unit",
        "role": "role",
        "belonging": "bel",
        "g0": "goals_a",
    }
    columns |= {"g1": "goals_b", "m0": "meas___1", "m1": "meas___2", "m2": "meas___3", "done": "pulse_complete"}
    return {"r.csv": _written(as_csv, rows(given, coded=True, box=words("1", "0")), columns, {"done": "2"})}


def redcap_labels(given):
    columns = {
        "id": "Record ID",
        "sent": "Survey Timestamp",
        **_worded(),
        **_boxed(" (choice=", ")"),
        "done": "Complete?",
    }
    return {"r.csv": _written(as_csv, rows(given, box=words("Checked", "Unchecked")), columns, {"done": "Complete"})}


def kobo(given):
    columns = {"started": "start", "sent": "end", "unit": "about/unit", "role": "about/role", "belonging": "att/bel"}
    columns |= {"g0": "att/goals/a", "g1": "att/goals/b", "m": "att/meas", "id": "_uuid"}
    cells = rows(given, moment="%Y-%m-%dT%H:%M:%S.345+01:00")
    for row in cells:
        row["m"] = " ".join(f"m{k}" for k in range(len(MEASURES)) if row[f"m{k}"])
    return {"k.csv": _written(as_csv, cells, columns)}


def _frame(given) -> tuple[pd.DataFrame, dict[str, str], dict[str, dict[float, str]]]:
    numbers = {
        "id": [float(a.number) for a in given], "sent": [a.sent for a in given],
        "unit": [a.unit + 1.0 for a in given], "role": [a.role + 1.0 for a in given],
        "bel": [None if a.belonging is None else 9.0 if a.belonging == 3 else a.belonging + 1.0 for a in given],
    }  # fmt: skip
    numbers |= {
        f"goals_{k}": [None if a.goals[k] is None else a.goals[k] + 1.0 for a in given] for k in range(len(GOALS))
    }
    numbers |= {f"meas_{k}": [float(a.measures[k]) for a in given] for k in range(len(MEASURES))}
    labels = {"unit": QUESTIONS["unit"], "role": QUESTIONS["role"], "bel": QUESTIONS["belonging"]}
    labels |= {f"goals_{k}": f"{QUESTIONS['goals']} - {goal}" for k, goal in enumerate(GOALS)}
    labels |= {f"meas_{k}": f"{QUESTIONS['measures']} - {measure}" for k, measure in enumerate(MEASURES)}

    def of(texts: Sequence[str]) -> dict[float, str]:
        return {k + 1.0: text for k, text in enumerate(texts)}

    values = {"unit": of(UNITS), "role": of(ROLES), "bel": of(DEGREE[:3]) | {9.0: DEGREE[3]}}
    values |= {f"goals_{k}": of(IMPORTANCE) for k in range(len(GOALS))}
    values |= {f"meas_{k}": {0.0: "Not selected", 1.0: "Selected"} for k in range(len(MEASURES))}
    return pd.DataFrame(numbers), labels, values


def spss(given):
    frame, labels, values = _frame(given)
    path = Path(_scratch(), "s.sav")
    pyreadstat.write_sav(
        frame, str(path), column_labels=labels, variable_value_labels=values, missing_ranges={"bel": [9.0]}
    )
    return {"s.sav": path.read_bytes()}


def stata(given):
    frame, labels, values = _frame(given)
    whole = {name: {int(k): text for k, text in texts.items()} for name, texts in values.items()}
    path = Path(_scratch(), "s.dta")
    pyreadstat.write_dta(
        frame, str(path), column_labels=[labels.get(n, "") for n in frame], variable_value_labels=whole, version=15
    )
    return {"s.dta": path.read_bytes()}


def _scratch() -> str:
    import tempfile

    return tempfile.mkdtemp()


LAYOUTS = {
    maker.__name__: maker
    for maker in (
        questback, surveyxact_labels, surveyxact_codes, nettskjema, google, google_sheet, microsoft, qualtrics_labels,
        qualtrics_numbers, surveymonkey, surveymonkey_condensed, limesurvey, limesurvey_answers, redcap, redcap_labels, kobo,
        spss, stata,
    )
}  # fmt: skip
"""The platforms' layouts by name: each returns the files of an export, the export itself first."""
CODED = {"qualtrics_numbers": 1, "limesurvey": 1, "redcap": 1}
"""The layouts that hold numbers and nothing that says what they mean."""
