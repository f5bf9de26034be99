-- One row per case of a source that rolls its cases up itself: first charge date and charges of its defendants,
-- because such a source dates and charges defendants, not cases.
with defendant as (select * from staging.defendant_record)

select
    agency,
    case_ref,
    min(charged_on) as charged_on,
    max(case when regexp_matches(charges, '18 USC (158[1-9]|159[0-7])') then 1 else 0 end) = 1 as is_chapter77
from defendant
group by agency, case_ref
