-- One row per matter with proceedings: its first filing and its first docket in district court, and whether all of its
-- proceedings are miscellaneous (court codes MM and MD).
select
    district,
    matter_ref,
    min(case when court = 'DC' then filed_on end) as filed_on,
    min(case when court = 'DC' then docket_ref end) as docket_ref,
    min(case when court in ('MM', 'MD') then 1 else 0 end) = 1 as is_miscellaneous
from staging.proceeding
group by district, matter_ref
