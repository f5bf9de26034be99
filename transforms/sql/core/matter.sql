-- One row per criminal matter of a U.S. Attorney's Office. Matters opened in error and miscellaneous court matters
-- (court codes MM and MD) are no prosecutions and are left out. The earliest declination counts, because a matter
-- can be declined, reopened and declined again. A matter is concluded when a case is filed, else when it is declined.
with matter as (select * from staging.matter where class = 'R' and status <> 'O'),

charged as (select * from core.charged),

declination as (
    select
        proceeding.district,
        proceeding.matter_ref,
        proceeding.disposed_on,
        coalesce(declination_reason.reason, 'unknown') as reason
    from staging.proceeding as proceeding
    left join staging.declination_reason as declination_reason
        on proceeding.disposition_reason = declination_reason.code
    where proceeding.disposition in ('DE', 'ID')
    qualify row_number() over (
        partition by proceeding.district, proceeding.matter_ref
        order by proceeding.disposed_on nulls last, proceeding.proceeding_ref
    ) = 1
),

court as (
    select
        district,
        matter_ref,
        min(case when court = 'DC' then filed_on end) as filed_on,
        min(case when court in ('MM', 'MD') then 1 else 0 end) as is_miscellaneous
    from staging.proceeding
    group by district, matter_ref
),

program as (
    select
        district,
        matter_ref,
        max(case when program_category = '05E' then 1 else 0 end) as n_05e
    from staging.program_category
    group by district, matter_ref
),

agency as (
    select
        matter_key,
        count(*) as n_agencies
    from core.matter_agency
    group by matter_key
)

select
    matter.agency as source,
    concat(matter.agency, '/', matter.district, '/', matter.matter_ref) as matter_key,
    matter.district,
    matter.matter_ref,
    matter.received_on,
    matter.closed_on,
    declination.disposed_on as declined_on,
    declination.matter_ref is not null as is_declined,
    declination.reason as declination_reason,
    court.filed_on,
    coalesce(court.filed_on, declination.disposed_on) as concluded_on,
    coalesce(program.n_05e, 0) = 1 as is_program_05e,
    coalesce(charged.is_chapter77, false) as is_chapter77,
    coalesce(charged.is_bjs, false) as is_bjs,
    coalesce(charged.labor_or_sex, 'both_or_unclear') as labor_or_sex,
    agency.n_agencies,
    matter.n_victims,
    matter.delivery,
    matter.file,
    matter.line
from matter
left join court on matter.district = court.district and matter.matter_ref = court.matter_ref
left join declination on matter.district = declination.district and matter.matter_ref = declination.matter_ref
left join program on matter.district = program.district and matter.matter_ref = program.matter_ref
left join charged on concat(matter.agency, '/', matter.district, '/', matter.matter_ref) = charged.matter_key
left join agency on concat(matter.agency, '/', matter.district, '/', matter.matter_ref) = agency.matter_key
where coalesce(court.is_miscellaneous, 0) = 0
