-- One row per case filed in district court. A case keeps its matter number; a superseding instrument is no new case.
-- Research cases are dated by the first charge of a defendant where the source has no filing date.
with matter as (select * from core.matter),

rolled_up as (select * from staging.case_record),

first_charge as (select * from core.case_charged),

charged as (select * from core.charged)

select
    matter.source,
    matter.matter_key as case_key,
    concat(matter.district, '-', matter.matter_ref) as matter_number,
    matter.district,
    cast(null as varchar) as state,
    matter.received_on,
    matter.filed_on,
    matter.is_program_05e,
    true as has_program_category,
    matter.is_chapter77,
    matter.is_bjs,
    false as is_domestic_minor,
    false as has_victim_counts,
    matter.labor_or_sex,
    matter.n_agencies,
    matter.n_victims,
    matter.delivery,
    matter.file,
    matter.line
from matter
where matter.filed_on is not null

union all

select
    rolled_up.agency as source,
    concat(rolled_up.agency, '/', rolled_up.case_ref) as case_key,
    cast(null as varchar) as matter_number,
    rolled_up.district,
    rolled_up.state,
    cast(null as date) as received_on,
    coalesce(rolled_up.filed_on, first_charge.charged_on) as filed_on,
    false as is_program_05e,
    false as has_program_category,
    coalesce(charged.is_chapter77, false) as is_chapter77,
    coalesce(charged.is_bjs, false) as is_bjs,
    -- minor victims and no foreign one: the population that the Initiative left to other programs
    coalesce(rolled_up.n_minor_victims, 0) > 0 and coalesce(rolled_up.n_foreign_victims, 0) = 0 as is_domestic_minor,
    rolled_up.n_victims is not null or rolled_up.n_minor_victims is not null or rolled_up.n_foreign_victims is not null
        as has_victim_counts,
    coalesce(charged.labor_or_sex, 'both_or_unclear') as labor_or_sex,
    cast(null as bigint) as n_agencies,
    rolled_up.n_victims,
    rolled_up.delivery,
    rolled_up.file,
    rolled_up.line
from rolled_up
left join first_charge on rolled_up.agency = first_charge.agency and rolled_up.case_ref = first_charge.case_ref
left join charged on concat(rolled_up.agency, '/', rolled_up.case_ref) = charged.matter_key
