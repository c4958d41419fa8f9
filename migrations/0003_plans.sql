-- A gate is looked up by its key in the triggers of every vote, and PostgreSQL keeps a trigger's plan as long as the connection.
-- Planned while the table was empty, any index that begins with the tenant looked as good as the key, and each vote then read
-- every gate of the tenant (measured: 100 ms for 50 votes after 3,000 runs instead of 1). Runs have ids of their own.
drop index gate_run;
create index gate_run on gate (run_id);
