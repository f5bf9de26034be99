-- One row per investigation of an agency and per matter on the prosecution unit's docket, in the shape of
-- mart.matter_record.
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
