-- One row per criminal matter of a U.S. Attorney's Office. Matters opened in error and miscellaneous court matters
-- (court codes MM and MD) are no prosecutions and are left out. A matter is concluded when a case is filed, else when
-- it is declined.
with matter as (select * from staging.matter),

charged as (select * from core.charged),

declination as (select * from core.declination),

stage as (select * from core.matter_stage),

participant as (select * from core.matter_participant),

program_05e as (
    select distinct
        district,
        matter_ref
    from staging.program_category
    where program_category = '05E'
)

select
    matter.agency as source,
    concat(matter.agency, '/', matter.district, '/', matter.matter_ref) as matter_key,
    matter.district,
    matter.matter_ref,
    matter.received_on,
    matter.closed_on,
    declination.declined_on,
    declination.matter_ref is not null as is_declined,
    declination.reason as declination_reason,
    stage.filed_on,
    coalesce(stage.filed_on, declination.declined_on) as concluded_on,
    program_05e.matter_ref is not null as is_program_05e,
    coalesce(charged.is_chapter77, false) as is_chapter77,
    coalesce(charged.is_bjs, false) as is_bjs,
    coalesce(charged.labor_or_sex, 'both_or_unclear') as labor_or_sex,
    matter.lead_charge_title,
    matter.lead_charge_section,
    nullif(participant.n_agencies, 0) as n_agencies,
    matter.n_victims,
    matter.delivery,
    matter.file,
    matter.line
from matter
left join stage on matter.district = stage.district and matter.matter_ref = stage.matter_ref
left join declination on matter.district = declination.district and matter.matter_ref = declination.matter_ref
left join program_05e on matter.district = program_05e.district and matter.matter_ref = program_05e.matter_ref
left join participant on matter.district = participant.district and matter.matter_ref = participant.matter_ref
left join charged on concat(matter.agency, '/', matter.district, '/', matter.matter_ref) = charged.matter_key
-- one condition, because DuckDB takes a filter of a source to leave a fifth of it, and would hold the matters in memory
where
    case
        when matter.class = 'R' and matter.status <> 'O' then not coalesce(stage.is_miscellaneous, false)
        else false
    end
