/** What a role may that a reader must not, each with what takes it away. Rows: {power, remedy}, the worst first. */
export const tooManyRights = `
with me as (
  select oid, rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication from pg_catalog.pg_roles
  where pg_catalog.pg_has_role(current_user, oid, 'member')
), place as (
  select oid, nspname from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
), held as (
  select n.nspname, c.relname, p.privilege, me.rolname
  from pg_catalog.pg_class c join place n on n.oid = c.relnamespace
  cross join me
  cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) p(privilege)
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (pg_catalog.has_table_privilege(me.oid, c.oid, p.privilege)
      or (p.privilege in ('INSERT', 'UPDATE') and pg_catalog.has_any_column_privilege(me.oid, c.oid, p.privilege)))
)
select 1 as rank, 'is a superuser' as power, 'connect as a role that is none, such as one made by: create role steward_reader login' as remedy
  from me where rolsuper
union all
select 2, 'may create roles or databases, or replicate', format('alter role %I nocreaterole nocreatedb noreplication', rolname)
  from me where rolcreaterole or rolcreatedb or rolreplication
union all
select 3, 'is a member of ' || rolname, format('revoke %I from %I', rolname, current_user)
  from me where rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program',
    'pg_signal_backend', 'pg_maintain', 'pg_create_subscription', 'pg_database_owner')
union all
select 4, string_agg(distinct h.privilege, ', ') || format(' on %I.%I', h.nspname, h.relname),
    format('revoke insert, update, delete, truncate, trigger on all tables in schema %I from %s', h.nspname,
      string_agg(distinct quote_ident(h.rolname), ', ') || ', public')
  from held h group by h.nspname, h.relname
union all
select 5, format('owns %I.%I', n.nspname, c.relname), format('alter table %I.%I owner to another role', n.nspname, c.relname)
  from pg_catalog.pg_class c join place n on n.oid = c.relnamespace join me on me.oid = c.relowner
union all
select 6, format('may draw from the sequence %I.%I', n.nspname, c.relname),
    format('revoke usage, update on all sequences in schema %I from %I, public', n.nspname, me.rolname)
  from pg_catalog.pg_class c join place n on n.oid = c.relnamespace cross join me
  where c.relkind = 'S' and pg_catalog.has_sequence_privilege(me.oid, c.oid, 'USAGE, UPDATE')
union all
select 7, format('may create in the schema %I', n.nspname), format('revoke create on schema %I from %I, public', n.nspname, me.rolname)
  from place n cross join me where pg_catalog.has_schema_privilege(me.oid, n.oid, 'CREATE')
union all
select 8, 'may create schemas in this database', format('revoke create on database %I from %I, public', current_database(), me.rolname)
  from me where pg_catalog.has_database_privilege(me.oid, current_database(), 'CREATE')
union all
select 9, format('may call %I.%I', n.nspname, p.proname),
    format('revoke execute on function %s from %I, public', p.oid::regprocedure, me.rolname)
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace cross join me
  where (p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export')
      or p.proname like 'pg\\_file\\_%' or p.proname like 'dblink%')
    and p.prorettype <> 'pg_catalog.fdw_handler'::pg_catalog.regtype
    and p.proname not like '%fdw_validator'
    and pg_catalog.has_function_privilege(me.oid, p.oid, 'EXECUTE')
order by rank, 2
limit 200`;

/** One sentence for a role that may do more than read, naming the first right and what takes it away; null for a reader. */
export function sentenceOf(
  database: string,
  role: string,
  rights: readonly { readonly power: string; readonly remedy: string }[],
): string | null {
  const [first] = rights;
  if (!first) return null;
  const says = /^[A-Z]/.test(first.power) ? `may ${first.power}` : first.power;
  const more =
    rights.length === 1
      ? ""
      : ` (and ${rights.length - 1} more ${rights.length === 2 ? "right" : "rights"} besides reading)`;
  return `The database ${database} must be reached by a role that only reads, and ${role} ${says}${more}: ${first.remedy}.`;
}
