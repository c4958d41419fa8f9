-- What models were asked, what they answered and what it cost. Money is whole millionths of a US dollar.

create table model_call (
  tenant_id text not null,
  id uuid not null,
  -- What it was asked for: an effect, and which of its questions; n counts the tries.
  effect_id uuid not null,
  purpose text not null,
  n integer not null,
  run_id uuid not null,
  person_id text,
  specialist text not null,
  task text not null,
  model text not null,
  request_hash text not null,
  -- lost: asked, and no answer of it will be used; it may have been paid for, so it counts.
  state text not null check (state in ('asked', 'answered', 'lost', 'failed')),
  -- The answer's content blocks, as canonical JSON.
  content text,
  stop_reason text,
  answered_by text,
  -- Tokens by kind, as canonical JSON; what was seen of them where the call was cut.
  usage text,
  failure text,
  reserved bigint not null check (reserved >= 0),
  settled bigint check (settled >= 0),
  priced_as text not null,
  -- The model had no price: the highest was taken.
  flagged boolean not null,
  asked_at timestamptz(3) not null,
  ended_at timestamptz(3),
  primary key (tenant_id, id)
) with (fillfactor = 80);
create unique index model_call_try on model_call (tenant_id, effect_id, purpose, n);
create unique index model_call_answer on model_call (tenant_id, effect_id, purpose) where state = 'answered';
create index model_call_run on model_call (tenant_id, run_id, asked_at);

create table budget (
  tenant_id text not null,
  kind text not null check (kind in ('run', 'person', 'tenant', 'day')),
  -- The run; person and day; month; day. Days and months are those of UTC.
  key text not null,
  -- As configured when last asked against; raised is what people allowed on top.
  cap bigint not null,
  raised bigint not null default 0,
  reserved bigint not null default 0 check (reserved >= 0),
  spent bigint not null default 0,
  -- The effects that raised it: each does so once.
  raised_by uuid[] not null default '{}',
  primary key (tenant_id, kind, key)
) with (fillfactor = 50);
