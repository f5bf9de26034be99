"""The sections in the order in which a reader meets them. Order is a decision, so it is written here and not found."""

from reports.section import Section
from reports.sections import (
    brief,
    changes,
    cohorts,
    comparison,
    coordination,
    districts,
    downloads,
    funnel,
    methods,
    quality,
    trends,
)

SECTIONS: tuple[Section, ...] = (
    brief.SECTION,
    trends.SECTION,
    funnel.SECTION,
    cohorts.SECTION,
    comparison.SECTION,
    coordination.SECTION,
    districts.SECTION,
    quality.SECTION,
    changes.SECTION,
    methods.SECTION,
    downloads.SECTION,
)
