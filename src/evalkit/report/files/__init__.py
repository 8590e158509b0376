"""Files to take a report's results elsewhere: a workbook for a spreadsheet, documents for Word, slides for PowerPoint.

`workbook` writes tables to sheets; `slides` a chart a slide; `document` the appendices, or sentences and figures, for Word, by means
of `word` (styles, tables, figures, captions, notes), which also fills authors' chapters.
"""
