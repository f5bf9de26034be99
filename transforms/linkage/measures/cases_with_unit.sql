-- Of the cases filed, those on the docket of the Human Trafficking Prosecution Unit as lead or co-counsel.
with unit as (
    select
        threshold.name as threshold,
        link.key_r as matter_key,
        list(distinct link.key_l) as links
    from core.unit_matter as docket
    inner join linkage.link as link on docket.record_key = link.key_l
    inner join linkage.threshold as threshold on link.probability >= threshold.cut
    group by threshold.name, link.key_r
)

select
    threshold.name as threshold,
    matter.matter_key as record_key,
    matter.filed_on,
    unit.matter_key is not null as is_counted,
    unit.links
from mart.matter_facts as matter
cross join linkage.threshold as threshold
left join unit on matter.matter_key = unit.matter_key and threshold.name = unit.threshold
where matter.is_program_05e and matter.filed_on is not null and (select count(*) from core.unit_matter) > 0
