-- One row per case of a source that rolls its cases up itself: first charge date of its defendants, because such a
-- source dates defendants, not cases.
select
    agency,
    case_ref,
    min(charged_on) as charged_on
from staging.defendant_record
group by agency, case_ref
