-- One row per matter and investigative agency named on it (LIONS role IN), by LIONS agency code.
with named as (
    select distinct
        agency,
        district,
        matter_ref,
        agency_code
    from staging.participant
    where role = 'IN' and agency_code is not null
)

select
    agency as source,
    concat(agency, '/', district, '/', matter_ref) as matter_key,
    district,
    matter_ref,
    agency_code
from named
