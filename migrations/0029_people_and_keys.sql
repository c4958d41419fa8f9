-- Every content that steward.yaml has had of people and groups, in the order in which it was taken over: of these the newest holds.
create table people_file (
  tenant_id text not null references tenant,
  n integer not null,
  hash text not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, n)
);
-- Whose key it is: they may not approve what is asked with it. Null: nobody's.
alter table api_key add column owner_id text;
alter table api_key add foreign key (tenant_id, owner_id) references person;
-- Until now whoever could begin a run could steer every other: keys that are there keep that.
update api_key set scopes = array_append(scopes, 'runs:steer') where 'workflows:write' = any (scopes) and revoked_at is null;
