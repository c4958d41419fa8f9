-- Chat platforms: who somebody is there, where our own threads begin, and what an adapter must remember.

-- A conversation at a thread that was not there yet (its name begins with "+"): the thread our first message began.
alter table conversation add column begun text;
create unique index conversation_begun on conversation (tenant_id, platform, channel, begun) where begun is not null;

-- Where an identity comes from: steward.yaml, or a person who proved on both sides that it is theirs.
alter table identity add column source text not null default 'steward.yaml' check (source in ('steward.yaml', 'linked'));
create index identity_person on identity (tenant_id, person_id, platform);

-- Where a role comes from: steward.yaml, or the group of a chat platform that had this person when last asked.
alter table role_grant add column source text not null default 'steward.yaml';

-- Somebody asked to link another identity. The code is shown on the side that is known and typed on the other, which is
-- then confirmed on the first. Only the code's hash is here.
create table link (
  tenant_id text not null,
  id uuid not null,
  person_id text not null,
  code_hash bytea not null,
  -- Where it was asked, and where it is confirmed.
  conversation_id uuid not null,
  expires_at timestamptz(3) not null,
  -- Who typed the code.
  platform text,
  workspace text,
  user_id text,
  primary key (tenant_id, id),
  unique (tenant_id, code_hash)
);

-- What a platform told its adapter and it needs later, such as how to begin a conversation in Teams.
create table platform_memory (
  tenant_id text not null,
  platform text not null,
  key text not null,
  value text not null,
  kept_at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, platform, key)
);

-- What people thought of an answer.
create table feedback (
  tenant_id text not null,
  platform text not null,
  ref text not null,
  person_id text not null,
  liked boolean not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, platform, ref, person_id)
);

-- What only one process may do at a time, and until when it is that one's.
create table leadership (
  name text primary key,
  holder uuid not null,
  until_at timestamptz(3) not null
);

-- Whether something is still open in a thread: then what is said there is said to Steward.
create index actor_open on actor (tenant_id, conversation_id) where not done and conversation_id is not null;
