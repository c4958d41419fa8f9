-- Whoever is granted something twice has both: one that ends takes nothing from the other.
alter table trial_grant drop constraint trial_grant_pkey,
  add primary key (tenant_id, person_id, resource, grant_key);
