-- One row per criminal case of the courts' file, in the shape of mart.matter_record.
with court as (
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
