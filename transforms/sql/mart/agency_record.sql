-- One row per agency's record of one matter or case, in the shape in which records are compared: what each agency says
-- of numbers, days, statute, subjects and agencies. A column that an agency does not report is null and says nothing.
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
),

court as (
    select
        agency,
        case_ref,
        min(district) as district,
        min(docket_ref) as docket_ref,
        min(filed_on) as filed_on,
        count(distinct defendant_ref) as n_subjects,
        count(distinct case when disposition_1 is not null then defendant_ref end) as n_ended,
        count(distinct case
            when disposition_1 in ('CONVICTED_PLEA', 'CONVICTED_TRIAL')
                or coalesce(disposition_2 in ('CONVICTED_PLEA', 'CONVICTED_TRIAL'), false)
                or coalesce(disposition_3 in ('CONVICTED_PLEA', 'CONVICTED_TRIAL'), false)
                then defendant_ref
        end) as n_convicted
    from staging.court_defendant
    where case_ref is not null
    group by agency, case_ref
),

first_defendant as (
    select
        case_ref,
        filing_statute_1_title as title,
        filing_statute_1_section as section,
        delivery,
        file,
        line
    from staging.court_defendant
    where case_ref is not null
    qualify row_number() over (partition by case_ref order by defendant_ref, fiscal_year, file, line) = 1
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

union all

select
    agency as source,
    concat(agency, '/', investigation_ref) as record_key,
    district,
    usao_matter as matter_number,
    cast(null as varchar) as docket_number,
    opened_on,
    referred_on,
    cast(null as date) as taken_up_on,
    cast(null as date) as filed_on,
    cast(lead_statute_title as varchar) || ':' || cast(lead_statute_section as varchar) as statute,
    n_subjects,
    cast(null as bigint) as n_convicted,
    concat('+', agency) as agencies,
    delivery,
    file,
    line
from staging.investigation

union all

select
    agency as source,
    concat(agency, '/', docket_ref) as record_key,
    district,
    usao_matter as matter_number,
    cast(null as varchar) as docket_number,
    cast(null as date) as opened_on,
    cast(null as date) as referred_on,
    opened_on as taken_up_on,
    cast(null as date) as filed_on,
    cast(null as varchar) as statute,
    cast(null as bigint) as n_subjects,
    cast(null as bigint) as n_convicted,
    cast(null as varchar) as agencies,
    delivery,
    file,
    line
from staging.supported_matter

union all

select
    court.agency as source,
    concat(court.agency, '/', court.case_ref) as record_key,
    court.district,
    cast(null as varchar) as matter_number,
    court.district || ' ' || substr(court.docket_ref, 1, 2) || '-'
    || cast(try_cast(substr(court.docket_ref, 3) as bigint) as varchar) as docket_number,
    cast(null as date) as opened_on,
    cast(null as date) as referred_on,
    cast(null as date) as taken_up_on,
    court.filed_on,
    cast(first_defendant.title as varchar) || ':' || cast(first_defendant.section as varchar) as statute,
    court.n_subjects,
    case when court.n_ended > 0 then court.n_convicted end as n_convicted,
    cast(null as varchar) as agencies,
    first_defendant.delivery,
    first_defendant.file,
    first_defendant.line
from court
inner join first_defendant on court.case_ref = first_defendant.case_ref
