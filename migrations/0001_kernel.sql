-- The kernel's tables. Every key starts with the tenant. Instants are timestamptz(3); order is by sequence, never by time.
-- Runs as the owner, in a schema called steward. Afterwards everything works as the role steward_app.

create table clock (
  one boolean primary key default true check (one),
  offset_ms bigint not null default 0
);
insert into clock default values;

-- The one clock. Tests move it by changing clock.offset_ms; no decision reads another.
create function now() returns timestamptz(3) language sql stable as
  $$ select (clock_timestamp() + (select offset_ms from steward.clock) * interval '1 millisecond')::timestamptz(3) $$;

create table tenant (
  id text primary key,
  name text not null,
  created_at timestamptz(3) not null default steward.now()
);

-- People -------------------------------------------------------------------------------------------------------------

create table person (
  tenant_id text not null references tenant,
  id text not null,
  name text not null,
  kind text not null default 'member' check (kind in ('member', 'guest', 'bot')),
  manager_id text,
  active boolean not null default true,
  primary key (tenant_id, id)
);

create table identity (
  tenant_id text not null,
  platform text not null,
  workspace text not null,
  user_id text not null,
  person_id text not null,
  primary key (tenant_id, platform, workspace, user_id),
  foreign key (tenant_id, person_id) references person
);

create table role_grant (
  tenant_id text not null,
  person_id text not null,
  role text not null,
  primary key (tenant_id, person_id, role),
  foreign key (tenant_id, person_id) references person
);

create table api_key (
  tenant_id text not null references tenant,
  id text not null,
  name text not null,
  hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz(3) not null default steward.now(),
  revoked_at timestamptz(3),
  primary key (tenant_id, id)
);

-- Incoming -----------------------------------------------------------------------------------------------------------

create table inbox (
  tenant_id text not null,
  id uuid not null,
  source text not null,
  delivery_key text not null,
  kind text not null,
  person_id text,
  body text not null,
  received_at timestamptz(3) not null default steward.now(),
  -- What became of it: null until routed.
  outcome text,
  primary key (tenant_id, id),
  unique (tenant_id, source, delivery_key)
);

-- Actors -------------------------------------------------------------------------------------------------------------

create table definition (
  tenant_id text not null references tenant,
  hash text not null,
  name text not null,
  body text not null,
  loaded_at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, hash)
);

-- No foreign keys to tenant or definition from rows made thousands of times a second: each would lock the one parent row.
create table actor (
  tenant_id text not null,
  id uuid not null,
  machine text not null check (machine in ('plan', 'agent', 'gate')),
  machine_version integer not null,
  -- What its machine is made from: a plan's definition by hash, a task's specialist by name.
  definition_hash text,
  parent_id uuid,
  -- Number and hash of the last entry in audit stream actor:<id>. A write names the seq it saw.
  seq integer not null,
  head bytea not null,
  snapshot text not null,
  -- The machine's state in one word, for lists; done says it is final.
  state text not null,
  done boolean not null default false,
  paused boolean not null default false,
  stuck text,
  name text not null,
  requester_id text,
  -- Everyone who may not approve what this actor asks: who asked, and for whom.
  barred text[] not null default '{}',
  conversation_id uuid,
  priority text not null default 'normal',
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  ended_at timestamptz(3),
  -- R-XXXXXX, as people write it. Not unique: a command that names an ambiguous one is refused.
  short text not null,
  primary key (tenant_id, id)
) with (fillfactor = 70);
create index actor_short on actor (tenant_id, short);
create index actor_recent on actor (tenant_id, machine, id desc);
create index actor_parent on actor (tenant_id, parent_id) where parent_id is not null;

create table mail (
  tenant_id text not null,
  actor_id uuid not null,
  key text not null,
  -- The event, as the canonical text that the audit entry's digest covers together with salt. Erasable: both become null.
  event text,
  salt bytea,
  -- The actor's seq of the turn that took it; null while it waits.
  taken_seq integer,
  -- Order of arrival, for mail that waits.
  n bigint generated always as identity,
  primary key (tenant_id, actor_id, key)
) with (fillfactor = 90);
create index mail_waiting on mail (tenant_id, actor_id, n) where taken_seq is null;

create table timer (
  tenant_id text not null,
  actor_id uuid not null,
  id text not null,
  due_at timestamptz(3) not null,
  event text not null,
  -- Set anew each time the timer is: a firing mails under this key, so it is taken once.
  mail_key text not null,
  primary key (tenant_id, actor_id, id)
);
create index timer_due on timer (due_at);

create table effect (
  tenant_id text not null,
  id uuid not null,
  actor_id uuid not null,
  step text not null,
  generation integer not null,
  tool text not null,
  contract_hash text not null,
  class text not null check (class in ('keyed', 'findable', 'opaque')),
  risk text not null check (risk in ('read', 'write', 'dangerous')),
  args text not null,
  gate_id uuid,
  state text not null check (state in ('pending', 'started', 'done', 'failed', 'in_doubt', 'cancelled')),
  -- Counts tries of the same effect; results are mailed under it.
  attempt integer not null default 1,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  primary key (tenant_id, id)
) with (fillfactor = 70);
create unique index effect_step on effect (tenant_id, actor_id, step, generation);

create table artifact (
  tenant_id text not null,
  id uuid not null,
  actor_id uuid not null,
  body text not null,
  created_at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, id)
);

create table expectation (
  tenant_id text not null,
  actor_id uuid not null,
  id text not null,
  -- The intent or event waited for, and the parameters it must carry (canonical JSON).
  name text not null,
  match text not null,
  -- Besides the requester, holders of these roles may send it.
  roles text[] not null default '{}',
  primary key (tenant_id, actor_id, id)
);
create index expectation_name on expectation (tenant_id, name);

-- Gates --------------------------------------------------------------------------------------------------------------

create table gate (
  tenant_id text not null,
  id uuid not null,
  run_id uuid not null,
  subject text not null,
  subject_hash text not null,
  policy text not null,
  policy_hash text not null,
  barred text[] not null,
  state text not null,
  opened_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  decided_at timestamptz(3),
  primary key (tenant_id, id)
);
create index gate_open on gate (tenant_id, state) where state = 'open';
create index gate_run on gate (tenant_id, run_id);

create table vote (
  tenant_id text not null,
  gate_id uuid not null,
  person_id text not null,
  decision text not null check (decision in ('approve', 'deny')),
  reason text,
  -- The roles it was cast with, read in the transaction that wrote it.
  roles text[] not null,
  surface text not null,
  subject_hash text not null,
  at timestamptz(3) not null,
  primary key (tenant_id, gate_id, person_id),
  foreign key (tenant_id, gate_id) references gate
);

-- Four eyes, once more, where no code above can forget it; and a vote stays what it was, on what was shown.
create function refuse_vote() returns trigger language plpgsql as $$
declare g steward.gate;
begin
  if tg_op <> 'INSERT' then raise exception 'votes are never changed or removed' using errcode = 'check_violation'; end if;
  select * into g from steward.gate where tenant_id = new.tenant_id and id = new.gate_id;
  if not found then raise exception 'there is no gate %', new.gate_id using errcode = 'check_violation'; end if;
  if g.subject_hash <> new.subject_hash then raise exception 'gate % asks something else now', new.gate_id using errcode = 'check_violation'; end if;
  if new.decision = 'approve' and new.person_id = any (g.barred) then
    raise exception 'person % is barred from approving gate %', new.person_id, new.gate_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger vote_guard before insert or update or delete on vote for each row execute function refuse_vote();

create function refuse_gate_change() returns trigger language plpgsql as $$
begin
  if (new.subject, new.subject_hash, new.run_id, new.barred, new.policy, new.policy_hash)
     is distinct from (old.subject, old.subject_hash, old.run_id, old.barred, old.policy, old.policy_hash) then
    raise exception 'what gate % asks cannot change; open another', old.id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger gate_guard before update on gate for each row execute function refuse_gate_change();

-- A button's token is random and only its hash is here: one for each (gate, decision, surface).
create table button (
  tenant_id text not null,
  token_hash bytea not null,
  gate_id uuid not null,
  decision text not null check (decision in ('approve', 'deny')),
  message_id uuid not null,
  primary key (tenant_id, token_hash),
  unique (tenant_id, gate_id, decision, message_id)
);

-- Messages -----------------------------------------------------------------------------------------------------------

create table conversation (
  tenant_id text not null,
  id uuid not null,
  platform text not null,
  -- The platform's team, tenant or guild; '' where there is only one.
  workspace text not null default '',
  channel text not null,
  -- The platform's name of the thread's first message; '' is the channel itself.
  thread text not null default '',
  -- The courier that delivers here now, until when: two replicas never show the same conversation at once.
  lease_by uuid,
  lease_until timestamptz(3),
  primary key (tenant_id, id),
  unique (tenant_id, platform, workspace, channel, thread)
) with (fillfactor = 70);

create table message (
  tenant_id text not null,
  id uuid not null,
  conversation_id uuid not null,
  actor_id uuid not null,
  key text not null,
  wanted text not null,
  wanted_version integer not null default 1,
  shown_version integer not null default 0,
  -- What the platform calls it, once it is there.
  ref text,
  -- A try began: without a ref it may have been posted, so the platform is asked before it is posted again.
  tried boolean not null default false,
  -- Why the platform will not show the version in shown_version, if it refused it for good.
  refused text,
  private_to text,
  urgent boolean not null default false,
  primary key (tenant_id, id),
  unique (tenant_id, actor_id, key, conversation_id)
) with (fillfactor = 70);
create index message_due on message (tenant_id, conversation_id) where wanted_version > shown_version;

-- The web chat's own posts: what Slack would hold for us, we hold for the browser.
create table web_channel (
  tenant_id text not null references tenant,
  id text not null,
  last_n bigint not null default 0,
  primary key (tenant_id, id)
);
create table web_post (
  tenant_id text not null,
  id uuid not null,
  channel text not null,
  n bigint not null,
  thread uuid,
  from_id text not null,
  view text not null,
  private_to text,
  marker uuid,
  changed_n bigint not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, id),
  unique (tenant_id, channel, n)
);
create unique index web_post_marker on web_post (tenant_id, marker) where marker is not null;
create index web_post_changed on web_post (tenant_id, channel, changed_n);

-- Audit --------------------------------------------------------------------------------------------------------------

create table audit (
  tenant_id text not null,
  stream text not null,
  seq bigint not null,
  -- The transaction that wrote it: a checkpointer must not overtake one that is still open.
  tx xid8 not null default pg_current_xact_id(),
  -- The hashed bytes, as text: jsonb would rewrite them.
  entry text not null,
  hash bytea not null,
  primary key (tenant_id, stream, seq)
);

-- Bodies of entries that are not turns (a turn's body is its mail). Erasable: body and salt become null.
create table fact (
  tenant_id text not null,
  stream text not null,
  seq bigint not null,
  body text,
  salt bytea,
  primary key (tenant_id, stream, seq)
);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit entries are never changed or removed';
end $$;
create trigger audit_append_only before update or delete on audit for each row execute function refuse_audit_change();
create trigger audit_no_truncate before truncate on audit for each statement execute function refuse_audit_change();

-- Trial company: a simulation with the keys a real provider would take -------------------------------------------------

create table trial_service (
  tenant_id text not null references tenant,
  name text not null,
  environment text not null,
  version text not null,
  fault text,
  primary key (tenant_id, name, environment)
);
create table trial_instance (
  tenant_id text not null,
  service text not null,
  environment text not null,
  number integer not null,
  status text not null check (status in ('running', 'restarting', 'failing')),
  started_at timestamptz(3) not null,
  restarts integer not null default 0,
  primary key (tenant_id, service, environment, number)
);
create table trial_operation (
  tenant_id text not null references tenant,
  key text not null,
  kind text not null,
  detail text not null,
  progress integer not null default 0,
  result text,
  calls integer not null default 1,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, key)
);
create table trial_log (
  tenant_id text not null references tenant,
  id bigint generated always as identity,
  service text not null,
  environment text not null,
  at timestamptz(3) not null default steward.now(),
  line text not null,
  primary key (tenant_id, id)
);
create table trial_deploy (
  tenant_id text not null references tenant,
  service text not null,
  environment text not null,
  version text not null,
  by_id text not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, service, environment, at)
);
create table trial_grant (
  tenant_id text not null references tenant,
  person_id text not null,
  resource text not null,
  level text not null,
  granted_at timestamptz(3) not null default steward.now(),
  until_at timestamptz(3),
  grant_key text not null,
  primary key (tenant_id, person_id, resource)
);
