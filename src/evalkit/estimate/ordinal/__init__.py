"""Ordinal regression on patterns of covariates.

The files import downward in this order: links, patterns, formula, likelihood, maximise, separation, covariance,
penalty, clm, assumptions; effects and the mixed model build on these.
"""
