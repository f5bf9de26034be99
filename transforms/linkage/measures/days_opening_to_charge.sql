-- Of the cases filed that an agency investigated, the days from the first opening of an investigation to the filing.
with opened as (
    select
        threshold.name as threshold,
        link.key_r as matter_key,
        min(record.opened_on) as opened_on,
        list(link.key_l) as links
    from linkage.threshold as threshold
    inner join linkage.link as link on link.probability >= threshold.cut
    inner join mart.agency_record as record on link.key_l = record.record_key
    where record.opened_on is not null
    group by threshold.name, link.key_r
)

select
    opened.threshold,
    opened.matter_key as record_key,
    matter.filed_on,
    true as is_counted,
    date_diff('day', opened.opened_on, matter.filed_on) as days,
    opened.links
from opened
inner join mart.matter_facts as matter on opened.matter_key = matter.matter_key
where matter.is_program_05e and matter.filed_on >= opened.opened_on
