-- Arguments whose values came from outside: they steer nothing unless a person saw them on a card.
alter table effect add column tainted text[] not null default '{}';
