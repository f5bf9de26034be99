-- One row per agency's record of one defendant, in the shape in which records are compared: the case that it stands in
-- with its docket, days, offences, outcome and prison. Of several statutes the last in order of text stands for all,
-- because agencies list them in different orders. Life is 470 months, as the Commission writes it, and no prison is 0.
with matter as (
    select
        record_key,
        docket_number
    from mart.matter_record
),

court_case as (
    select
        record_key,
        docket_number
    from mart.court_record
),

-- research sources do not number their defendants
defendant as (select * from core.defendant where participant_ref is not null),

counted as (
    select
        district,
        matter_ref,
        participant_ref,
        max(cast(statute_title as varchar) || ':' || cast(statute_section as varchar)) as statute,
        count(distinct cast(statute_title as varchar) || ':' || cast(statute_section as varchar)) as n_statutes
    from staging.defendant_count
    group by district, matter_ref, participant_ref
),

-- a pending defendant returns every year: the last year tells most
in_court as (
    select *
    from staging.court_defendant
    qualify row_number() over (
        partition by defendant_ref order by fiscal_year desc, reopening desc, tape_year desc, file, line
    ) = 1
),

offender as (select * from staging.sentenced_offender)

select
    defendant.source,
    defendant.defendant_key as record_key,
    defendant.case_key,
    defendant.district,
    matter.docket_number,
    defendant.defendant_number,
    defendant.charged_on,
    counted.statute,
    counted.n_statutes,
    defendant.outcome,
    defendant.disposed_on,
    defendant.sentenced_on,
    cast(date_trunc('month', defendant.sentenced_on) as date) as sentence_month,
    case
        when defendant.is_life then 470
        when defendant.sentenced_on is not null then coalesce(defendant.prison_months, 0)
    end as prison_months,
    defendant.delivery,
    defendant.file,
    defendant.line
from defendant
left join matter on defendant.case_key = matter.record_key
left join counted
    on
        defendant.district = counted.district
        and defendant.matter_ref = counted.matter_ref
        and defendant.participant_ref = counted.participant_ref

union all

select
    in_court.agency as source,
    concat(in_court.agency, '/', in_court.defendant_ref) as record_key,
    concat(in_court.agency, '/', in_court.case_ref) as case_key,
    in_court.district,
    court_case.docket_number,
    in_court.defendant_number,
    in_court.filed_on as charged_on,
    greatest(
        cast(filing_statute_1_title as varchar) || ':' || cast(filing_statute_1_section as varchar),
        cast(filing_statute_2_title as varchar) || ':' || cast(filing_statute_2_section as varchar),
        cast(filing_statute_3_title as varchar) || ':' || cast(filing_statute_3_section as varchar),
        cast(filing_statute_4_title as varchar) || ':' || cast(filing_statute_4_section as varchar),
        cast(filing_statute_5_title as varchar) || ':' || cast(filing_statute_5_section as varchar)
    ) as statute,
    case when filing_statute_1 is not null then 1 else 0 end
    + case when filing_statute_2 is not null then 1 else 0 end
    + case when filing_statute_3 is not null then 1 else 0 end
    + case when filing_statute_4 is not null then 1 else 0 end
    + case when filing_statute_5 is not null then 1 else 0 end as n_statutes,
    in_court.disposition_1 as outcome,
    in_court.disposed_on,
    in_court.sentenced_on,
    cast(date_trunc('month', in_court.sentenced_on) as date) as sentence_month,
    case
        when in_court.prison_term = 'LIFE' then 470
        when in_court.prison_term in ('NO_PRISON', 'UNDER_ONE_MONTH') then 0
        else in_court.prison_months
    end as prison_months,
    in_court.delivery,
    in_court.file,
    in_court.line
from in_court
left join court_case on concat(in_court.agency, '/', in_court.case_ref) = court_case.record_key

union all

select
    agency as source,
    concat(agency, '/', offender_ref) as record_key,
    cast(null as varchar) as case_key,
    district,
    cast(null as varchar) as docket_number,
    cast(null as bigint) as defendant_number,
    cast(null as date) as charged_on,
    greatest(
        cast(statute_1_title as varchar) || ':' || cast(statute_1_section as varchar),
        cast(statute_2_title as varchar) || ':' || cast(statute_2_section as varchar),
        cast(statute_3_title as varchar) || ':' || cast(statute_3_section as varchar),
        cast(statute_4_title as varchar) || ':' || cast(statute_4_section as varchar),
        cast(statute_5_title as varchar) || ':' || cast(statute_5_section as varchar),
        cast(statute_6_title as varchar) || ':' || cast(statute_6_section as varchar)
    ) as statute,
    n_statutes,
    outcome,
    cast(null as date) as disposed_on,
    cast(null as date) as sentenced_on,
    sentenced_on as sentence_month,
    case
        when prison_term = 'LIFE' then 470
        when prison_months is null and sentence_kind in ('PROBATION', 'FINE') then 0
        else prison_months
    end as prison_months,
    delivery,
    file,
    line
from offender
