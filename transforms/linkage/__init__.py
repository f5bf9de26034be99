"""Linkage: which records of different agencies are of one matter or defendant, how sure that is, what hangs on it.

In: the records of every level and the facts in `case.yml` and `defendant.yml`. Out: links with pass, probability and
evidence, and clusters with keys that last (docs/decisions/0007-linkage.md).
"""
