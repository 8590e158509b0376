"""Files to take a report's results elsewhere: a workbook for a spreadsheet, documents for Word, slides for PowerPoint.

`workbook` writes tables to sheets; `slides` a chart a slide; `document` the appendices for Word, from `word_tables` (tables, figures, captions, notes), which also
fills authors' chapters; `word_styles` and `word_widths` say how they look; `word` is what python-docx leaves out.
"""
