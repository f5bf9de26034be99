-- One row per source, district, fiscal year and kind of case: defendants charged, by what the charges are and by how
-- many agencies worked on the case. For the checks of the comparison alone; no page prints these counts.
with defendant_facts as (select * from mart.defendant_facts where charged_on is not null and district is not null),

case_facts as (select * from mart.case_facts)

select
    defendant_facts.source,
    defendant_facts.district,
    year(defendant_facts.charged_on + interval 3 month) as fiscal_year,
    defendant_facts.labor_or_sex,
    case when case_facts.n_agencies > 1 then 'joint' when case_facts.n_agencies = 1 then 'single' end as agencies,
    defendant_facts.is_program_05e,
    defendant_facts.has_program_category,
    defendant_facts.is_chapter77,
    defendant_facts.is_bjs,
    defendant_facts.is_domestic_minor,
    defendant_facts.has_victim_counts,
    count(*) as n
from defendant_facts
inner join case_facts on defendant_facts.case_key = case_facts.case_key
group by all
