-- One row per case filed and pair of investigative agencies named on it, in the order of their codes.
with case_facts as (select * from mart.case_facts)

select
    case_facts.source,
    case_facts.case_key,
    concat(one.agency_code, '+', other.agency_code) as pair,
    case_facts.district,
    case_facts.group_key,
    case_facts.filed_on,
    case_facts.labor_or_sex,
    case_facts.is_program_05e,
    case_facts.has_program_category,
    case_facts.is_chapter77,
    case_facts.is_bjs,
    case_facts.is_domestic_minor,
    case_facts.has_victim_counts,
    case_facts.delivery,
    case_facts.file,
    case_facts.line
from case_facts
inner join core.matter_agency as one on case_facts.case_key = one.matter_key
inner join core.matter_agency as other on case_facts.case_key = other.matter_key
where one.agency_code < other.agency_code
