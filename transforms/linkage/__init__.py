"""Linkage: which records of different agencies are of one matter, how sure that is, and what hangs on it.

In: `mart.agency_record` and the facts in `case.yml`. Out: links with pass, probability and evidence, and clusters with
keys that last (docs/decisions/0007-linkage.md).
"""
