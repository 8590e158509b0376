"""Sentences that sounded translated, or said nothing, stay away: from the catalogue, from the studies' texts and from built pages."""

import html
import os
import re
from pathlib import Path

import pytest

from evalkit.i18n.catalogue import read_catalogue

GONE = {
    "nb": [
        r"Fra \S+ % i gruppen",
        r"^Svarer (?:høyere|lavere) enn de andre:",
        r"størst for [^.]*, sammenlignet med",
        r"skiller seg med [−\d{]",
        r"Over enhetenes gjennomsnitt",
        r"konklusjonen står(?! seg)",
        r"Den største gruppen er",
        r"har krysset av for",
        r"ingen fortjeneste",
        r"hvem står de for",
        r"Det som er sagt over",
        r"Hvor tallene står",
        r"Tallene går opp",
        r"ligger bak linjen",
        r"en halv er ingen forskjell",
        r"grunnlaget ikke kan bære",
        r"rå forskjell",
        r"følsomhet",
        r"lenkefunksjon",
        r"oddsrate",
        r"(?:nederst|øverst) i intervallet",
        r"[;,] Direktøren",
        r"mer enn [^.]* så lenge mer enn",
        r"Hva svarene henger sammen med",
    ],
    "en": [
        r"hold that it is important that",
        r"response rate is no merit",
        r"whom do they stand for",
        r"Answer (?:higher|lower) than the others:",
        r"From \S+% in the group",
        r"[Ll]eaders? with personnel responsibility",
        r"(?<![.\w])[Cc]aseworkers?\b(?![.\w])",
        r"[Oo]ne effect a predictor",
        r"row a respondent",
        r"answers behind this report are made\b",
        r"What goes with the answers",
        r"have ticked “",
    ],
}
DATA = Path(__file__).parents[1] / "data" / "raw"


def catalogue(language):
    """Go through the texts of pages, messages and headings in a language."""
    for message in read_catalogue("nb"):
        found = message.string if language == "nb" else message.id
        yield from (found,) if isinstance(found, str) else found


def studies(language):
    """Go through the texts in a language of the studies that come with the suite."""
    for path in sorted(DATA.rglob("*.yml")):
        yield from re.findall(rf"\b{language}: ([^\n]*?)(?:, [a-z]{{2}}: |\}}|\n)", path.read_text(encoding="utf-8"))


def pages(language):
    """Go through built pages under the folder EVALKIT_PAGES: their texts without code."""
    built = sorted(Path(os.environ.get("EVALKIT_PAGES", "missing")).glob(f"*/{language}/*.html"))
    if not built:
        pytest.skip("no built pages: set EVALKIT_PAGES to their folder")
    for path in built:
        text = re.sub(r"<(style|pre)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


@pytest.mark.parametrize("texts", [catalogue, studies, pages])
@pytest.mark.parametrize("language", GONE)
def test_no_sentence_that_was_mended_is_back(language, texts):
    found = list(texts(language))
    assert len(found) > 3
    assert [
        (m[0], text[max(m.start() - 40, 0) :][:120])
        for text in found
        for gone in GONE[language]
        if (m := re.search(gone, text, re.I if gone.islower() else 0))
    ] == []
