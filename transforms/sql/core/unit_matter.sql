-- One row per line of the docket of the Human Trafficking Prosecution Unit on which it was counsel (advice alone is no
-- work on a case), with the number of the U.S. Attorney's Office, where the unit noted it.
select
    concat(agency, '/', docket_ref) as record_key,
    usao_matter
from staging.supported_matter
where role in ('LEAD', 'CO_COUNSEL')
