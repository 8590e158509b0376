"""The survey chapter: an author's own text, filled with protected results."""
