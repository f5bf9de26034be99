-- One row per matter that the Human Trafficking Prosecution Unit worked as counsel (advice alone is no work on a case),
-- by the number of the U.S. Attorney's Office, where the unit noted it.
select distinct usao_matter
from staging.supported_matter
where usao_matter is not null and role in ('LEAD', 'CO_COUNSEL')
