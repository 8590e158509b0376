"""The appendices of a study: data files shown as tables, lists and quotations, the same on a page and in a document.

`blocks` is what a section consists of, apart from how it is shown, and writes it for a page; `sections` lists the sections in order
and is the way in; `fieldwork` (guides, fieldwork, interviews), `subject` (core groups, measures, actors, literature), `membership`
(who sits in which group), `questionnaire` (questions, answers, who answered) and `joint_display` (survey beside interviews) make
them; `evalkit.report.files.document` writes them for Word.
"""
