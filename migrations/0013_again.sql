-- The group that a run was begun for, also when it is over: a run that is done again has its group back.
alter table actor add column event_group text;
update actor set event_group = open_group where open_group is not null;
