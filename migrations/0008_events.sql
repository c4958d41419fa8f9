-- Of all that a system tells about the same thing, one run at a time: while it is open, this names the workflow and the thing.
alter table actor add column open_group text;
create unique index actor_open_group on actor (tenant_id, open_group) where open_group is not null;
