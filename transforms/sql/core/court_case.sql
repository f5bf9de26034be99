-- One row per case filed in district court. A case keeps its matter number; a superseding instrument is no new case.
-- Research cases are dated by the first charge of a defendant where the source has no filing date.
with matter as (select * from core.matter),

rolled_up as (select * from staging.case_record),

charged as (select * from core.case_charged)

select
    matter.source,
    matter.matter_key as case_key,
    matter.district,
    cast(null as varchar) as state,
    matter.received_on,
    matter.filed_on,
    matter.is_program_05e,
    true as has_program_category,
    matter.is_chapter77,
    false as is_domestic_minor,
    false as has_victim_counts,
    matter.delivery,
    matter.file,
    matter.line
from matter
where matter.filed_on is not null

union all

select
    rolled_up.agency as source,
    concat(rolled_up.agency, '/', rolled_up.case_ref) as case_key,
    rolled_up.district,
    rolled_up.state,
    cast(null as date) as received_on,
    coalesce(rolled_up.filed_on, charged.charged_on) as filed_on,
    false as is_program_05e,
    false as has_program_category,
    coalesce(charged.is_chapter77, false) as is_chapter77,
    -- minor victims and no foreign one: the population that the Initiative left to other programs
    coalesce(rolled_up.n_minor_victims, 0) > 0 and coalesce(rolled_up.n_foreign_victims, 0) = 0 as is_domestic_minor,
    rolled_up.n_victims is not null or rolled_up.n_minor_victims is not null or rolled_up.n_foreign_victims is not null
        as has_victim_counts,
    rolled_up.delivery,
    rolled_up.file,
    rolled_up.line
from rolled_up
left join charged on rolled_up.agency = charged.agency and rolled_up.case_ref = charged.case_ref
