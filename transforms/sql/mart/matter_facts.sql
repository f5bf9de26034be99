-- One row per criminal matter, ready to count: group of the district and the flags that scopes are made of.
with matter as (select * from core.matter),

district as (select * from staging.district)

select
    matter.source,
    matter.matter_key,
    matter.district,
    district.group_key,
    matter.received_on,
    matter.declined_on,
    matter.is_declined,
    matter.declination_reason,
    matter.filed_on,
    matter.concluded_on,
    matter.n_agencies,
    matter.n_victims,
    matter.labor_or_sex,
    matter.is_program_05e,
    true as has_program_category,
    matter.is_chapter77,
    matter.is_bjs,
    false as is_domestic_minor,
    false as has_victim_counts,
    matter.delivery,
    matter.file,
    matter.line
from matter
inner join district on matter.district = district.district
