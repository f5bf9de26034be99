-- One row per matter of the U.S. Attorneys' Offices, in the shape in which records of one matter or case are compared
-- across agencies: numbers, days, statute, subjects and agencies. A column that an agency does not report is null and
-- says nothing. Records of other agencies have marts of their own, so that each is made of its own deliveries alone.
with matter as (select * from core.matter),

lead as (select * from staging.matter),

docket as (
    select
        district,
        matter_ref,
        min(docket_ref) as docket_ref
    from staging.proceeding
    where court = 'DC'
    group by district, matter_ref
),

subject as (
    select
        district,
        matter_ref,
        count(*) as n_subjects
    from staging.participant
    where role in ('D', 'DG', 'DJ', 'DO', 'DP')
    group by district, matter_ref
),

convicted as (
    select
        case_key,
        sum(case when outcome in ('CONVICTED_PLEA', 'CONVICTED_TRIAL') then 1 else 0 end) as n_convicted
    from core.defendant
    where outcome is not null
    group by case_key
),

named as (
    select
        matter_key,
        max(case when agency_code in ('JUFB', 'JUFZ') then '+fbi' else '' end) as fbi,
        max(case when agency_code = 'HSCE' then '+hsi' else '' end) as hsi,
        max(case when agency_code = 'LABO' then '+dol_oig' else '' end) as dol_oig
    from core.matter_agency
    group by matter_key
)

select
    matter.source,
    matter.matter_key as record_key,
    matter.district,
    concat(matter.district, '-', matter.matter_ref) as matter_number,
    matter.district || ' ' || nullif(regexp_extract(docket.docket_ref, '([0-9]{2})-[a-z]+-0*([0-9]+)', 1), '') || '-'
    || regexp_extract(docket.docket_ref, '([0-9]{2})-[a-z]+-0*([0-9]+)', 2) as docket_number,
    cast(null as date) as opened_on,
    matter.received_on as referred_on,
    matter.received_on as taken_up_on,
    matter.filed_on,
    cast(lead.lead_charge_title as varchar) || ':' || cast(lead.lead_charge_section as varchar) as statute,
    subject.n_subjects,
    convicted.n_convicted,
    nullif(concat(named.fbi, named.hsi, named.dol_oig), '') as agencies,
    matter.delivery,
    matter.file,
    matter.line
from matter
left join lead on matter.district = lead.district and matter.matter_ref = lead.matter_ref
left join docket on matter.district = docket.district and matter.matter_ref = docket.matter_ref
left join subject on matter.district = subject.district and matter.matter_ref = subject.matter_ref
left join convicted on matter.matter_key = convicted.case_key
left join named on matter.matter_key = named.matter_key
