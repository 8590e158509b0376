"""Write what the pages of a study must say: `python tests/expected/make.py [study ...]`. The package is imported nowhere.

Models are fitted to the raw answers where nothing is hidden, else to the completion of the counts that are shown: which are not stands in
`<study>/hidden.txt`, which `--hidden OUTPUTS` copies from a built report.
"""

import csv
from argparse import ArgumentParser
from pathlib import Path

import pandas as pd
import yaml
from chance import tests
from completion import as_cell, completed, hidden_in, levels_of, shown_sums
from headlines import put_headlines, put_missing, put_overview, put_readings
from models import Question, put_model
from reading import RAW, Item, Survey, read_survey
from response import put_arrivals, put_balance, put_evenness, put_rates, put_response
from shares import Expected, crossed, put_comparison, put_item

HERE = Path(__file__).parent
STUDIES = ("copenhagen-housing", "departementsstrategien-2023")


def _families(survey: Survey) -> dict[str, list[Item]]:
    """Return the questions, each with its items: one, a battery's statements, a list's boxes."""
    found: dict[str, list[Item]] = {}
    for item in survey.items.values():
        found.setdefault(item.parent, []).append(item)
    return found


def _any_ticked(survey: Survey, parent: str) -> Item:
    """Add whether any box of a list is ticked, and return it as an item."""
    boxes = _families(survey)[parent]
    ticked = (survey.answers[[box.id for box in boxes]] == "ticked").any(axis=1)
    name = f"{parent}_any"
    survey.answers[name] = ticked.map({True: "ticked", False: "not_ticked"})
    item = Item(**{**boxes[0].__dict__, "id": name, "parent": name, "name": survey.codebook["items"][parent]["label"]})
    survey.items[name] = item
    return item


def _groups_of(survey: Survey, parent: str) -> list[str]:
    crossings = [name for entry in survey.plan.get("crossings", []) if entry["item"] == parent for name in entry["by"]]
    return [name for name in survey.plan["groups"] if name != parent] + crossings


def _put_question(out: Expected, survey: Survey, parent: str, items: list[Item]) -> None:
    """Add a question's tables: in all and by each group, and the comparisons of its groups."""
    single = items[0].kind == "single"
    for item in items:
        put_item(out, survey, parent, item, prefix="" if single else item.id)
        for group in _groups_of(survey, parent):
            put_item(out, survey, f"{parent}_by_{group}", item, survey.item(group), prefix="" if single else item.id)
    if items[0].ordinal:
        for group in _groups_of(survey, parent):
            pairs = [("" if single else f"{item.id}--", item) for item in items]
            put_comparison(out, survey, f"{parent}_by_{group}", pairs, survey.item(group))
    if items[0].kind == "box":
        ticks = {item.id: float((survey.answers[item.id] == "ticked").sum()) for item in items}
        for item in items:
            out.put(parent, item.id, of_ticks=100 * ticks[item.id] / sum(ticks.values()))
            for group in _groups_of(survey, parent):
                _, counts = crossed(survey, item, survey.item(group))
                out.put(
                    f"association_{parent}", f"{group}--{item.id}", p_value=tests(counts[:, ::-1])["association"][0]
                )


def _put_response(out: Expected, survey: Survey) -> None:
    groups = survey.plan["groups"]
    out.put("response", "total", count=float(survey.answers["count"].sum()))
    for place, first in enumerate(groups):
        put_response(out, survey, f"response_by_{first}", [first])
        for second in groups[place + 1 :]:
            put_response(out, survey, f"response_by_{first}_{second}", [first, second])
    if survey.frame is not None:
        put_rates(out, survey)
        put_balance(out, survey, survey.plan["unit"])
        put_evenness(out, survey)
        put_arrivals(out, survey)


def _put_log(out: Expected, survey: Survey) -> None:
    for place, (reason, rows) in enumerate(survey.log):
        row = {"read": "read", "kept": "kept"}.get(reason, f"set-aside-{place}")
        out.put("cleaning", row, rows=rows)


def _put_unread(out: Expected, survey: Survey) -> None:
    """Add the columns of the export that nothing reads, with how many cells of each are filled."""
    for place, (_, filled) in enumerate(survey.unread, 1):
        out.put("unread", f"column-{place}", values=filled)


def _core_groups(survey: Survey) -> dict[str, float] | None:
    path = RAW / survey.name / "appendices" / "core_groups.yml"
    if not path.exists():
        return None
    members: dict[str, float] = dict.fromkeys(survey.item(survey.plan["unit"]).codes, 0)
    for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
        for code in group["members"]:
            members[code.lower()] += 1
    return members


def _put_appendices(out: Expected, survey: Survey) -> None:
    """Add the numbers of the appendices: how many core groups a unit sits in and how many units each has, and the interviews."""
    folder = RAW / survey.name / "appendices"
    if not folder.exists():
        return
    members = _core_groups(survey) or {}
    for code, number in members.items():
        out.put("core_groups", code, number=number)
    sizes = {
        group["id"]: len(group["members"])
        for group in yaml.safe_load((folder / "core_groups.yml").read_text("utf-8"))["groups"]
    }
    out.put("core_groups", "total", number=sum(members.values()), **sizes)
    out.fact("core_groups", len(sizes), "appendices/core_groups.yml")
    out.fact("most_groups", max(members.values()), "appendices/core_groups.yml")
    interviews = yaml.safe_load((folder / "interviews.yml").read_text("utf-8"))["groups"]
    for entry in interviews:
        out.put("interviews", entry["id"], number=entry["number"])
    out.put("interviews", "total", number=sum(entry["number"] for entry in interviews))
    out.fact("interviews", sum(entry["number"] for entry in interviews), "appendices/interviews.yml")


def hidden_cells(study: str) -> set[frozenset[tuple[str, str]]]:
    """Return the cells that the study's reports hide, from the list beside the expected values."""
    path = HERE / study / "hidden.txt"
    return {as_cell(line) for line in path.read_text("utf-8").splitlines()} if path.exists() else set()


def answers_of(survey: Survey, dims: list[str]) -> pd.DataFrame:
    """Return the counts of some items: of the answers where nothing is hidden, else the completion of what is shown.

    The completion starts in the proportions of the frame: everybody knows them.
    """
    hidden, answers = hidden_cells(survey.name), survey.answers
    if not hidden:
        return answers
    sums = shown_sums(answers, dims, hidden)
    known = levels_of(sums, dims)
    cells = pd.MultiIndex.from_product([known[name] for name in dims], names=dims)
    groups = [name for name in dims if name in survey.frame.columns]
    sizes = survey.frame.groupby(groups)["population"].sum()
    keys = cells.to_frame(index=False)[groups].itertuples(index=False, name=None)
    start = pd.Series([float(sizes.get(key, 0)) for key in keys], index=cells)
    return completed(sums, dims, start)


def _put_early_and_late(out: Expected, survey: Survey) -> None:
    """Add the headlines' items crossed with whether the answer came before the first reminder."""
    early = survey.answers["day"].lt(str(survey.plan["fieldwork"]["reminders"][0]))
    survey.answers["arrival"] = early.map({True: "early", False: "late"})
    arrival = Item("arrival", "", "single", "arrival", ("early", "late"), ("early", "late"), (), False, {}, {}, {})
    for item in dict.fromkeys(entry["item"] for entry in survey.plan["headlines"]):
        put_item(out, survey, f"{item}_by_arrival", survey.item(item), arrival)


def put_survey(out: Expected, survey: Survey) -> None:
    """Add everything but the models."""
    for entry in survey.plan.get("crossings", []):
        for name in entry["by"]:
            if name not in survey.items:
                _any_ticked(survey, name.removesuffix("_any"))
    for parent, items in _families(survey).items():
        if not parent.endswith("_any"):
            _put_question(out, survey, parent, items)
    _put_response(out, survey)
    _put_log(out, survey)
    _put_unread(out, survey)
    put_headlines(out, survey)
    put_missing(out, survey)
    put_readings(out, survey)
    put_overview(out, survey)
    _put_appendices(out, survey)
    if survey.plan.get("fieldwork"):
        _put_early_and_late(out, survey)


def put_models(out: Expected, survey: Survey) -> None:
    """Add the models of each outcome."""
    for outcome in survey.plan["outcomes"]:
        data = answers_of(survey, [*survey.plan["predictors"], outcome])
        put_model(out, Question(survey, data, outcome), _core_groups(survey), hidden_cells(survey.name))


def written(value: float | str) -> str:
    return value if isinstance(value, str) else f"{float(value):.10g}"


def write(study: str, folder: Path) -> None:
    """Write a study's expected values and facts."""
    survey, out = read_survey(study), Expected([], [])
    put_survey(out, survey)
    put_models(out, survey)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "values.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["table", "row", "column", "value"])
        rows.writerows([table, row, column, written(value)] for table, row, column, value in out.values)
    with (folder / "facts.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["name", "value", "source"])
        rows.writerows([name, written(value), source] for name, value, source in out.facts)


if __name__ == "__main__":
    options = ArgumentParser(description=__doc__)
    options.add_argument("studies", nargs="*", default=STUDIES)
    options.add_argument("--hidden", type=Path, metavar="OUTPUTS", help="copy from this report what is hidden")
    chosen = options.parse_args()
    for study in chosen.studies:
        if chosen.hidden:
            language = read_survey(study).plan["languages"][0]
            lines = hidden_in(chosen.hidden / study / language / "tables")
            (HERE / study / "hidden.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        write(study, HERE / study)
