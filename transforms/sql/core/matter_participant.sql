-- One row per matter with a defendant or a named investigative agency: how many of each, and the federal
-- investigators among the agencies.
with present as (
    select
        district,
        matter_ref,
        role,
        cast(null as varchar) as agency_code
    from staging.participant
    where role in ('D', 'DG', 'DJ', 'DO', 'DP')

    union all

    select
        district,
        matter_ref,
        cast(null as varchar) as role,
        agency_code
    from core.matter_agency
)

select
    district,
    matter_ref,
    count(role) as n_defendants,
    count(agency_code) as n_agencies,
    max(case when agency_code in ('JUFB', 'JUFZ') then 1 else 0 end) = 1 as is_fbi,
    max(case when agency_code = 'HSCE' then 1 else 0 end) = 1 as is_hsi,
    max(case when agency_code = 'LABO' then 1 else 0 end) = 1 as is_dol_oig
from present
group by district, matter_ref
