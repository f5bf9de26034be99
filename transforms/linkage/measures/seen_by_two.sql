-- Of the matters received, those that two or more investigative agencies have in their own exports.
with seen as (
    select
        threshold.name as threshold,
        link.key_r as matter_key,
        count(distinct link.source) as n_agencies,
        list(link.key_l) as links
    from linkage.threshold as threshold
    inner join linkage.link as link on link.probability >= threshold.cut
    where link.source in ('fbi', 'hsi', 'dol_oig')
    group by threshold.name, link.key_r
)

select
    threshold.name as threshold,
    matter.matter_key as record_key,
    matter.received_on,
    coalesce(seen.n_agencies >= 2, false) as is_counted,
    seen.links
from mart.matter_facts as matter
cross join linkage.threshold as threshold
left join seen on matter.matter_key = seen.matter_key and threshold.name = seen.threshold
where matter.is_program_05e
