import { boolean, customType, integer, pgSchema, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** The tables of migrations/0001_kernel.sql that pages and REST read; columns nobody reads here are left out. */
const steward = pgSchema("steward");
const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "string" });

export const person = steward.table("person", {
  tenantId: text("tenant_id").notNull(),
  id: text("id").notNull(),
  name: text("name").notNull(),
});

export const definition = steward.table("definition", {
  tenantId: text("tenant_id").notNull(),
  hash: text("hash").notNull(),
  name: text("name").notNull(),
  body: text("body").notNull(),
});

export const actor = steward.table("actor", {
  tenantId: text("tenant_id").notNull(),
  id: uuid("id").notNull(),
  machine: text("machine").notNull(),
  definitionHash: text("definition_hash"),
  parentId: uuid("parent_id"),
  conversationId: uuid("conversation_id"),
  seq: integer("seq").notNull(),
  snapshot: text("snapshot").notNull(),
  state: text("state").notNull(),
  done: boolean("done").notNull(),
  paused: boolean("paused").notNull(),
  stuck: text("stuck"),
  name: text("name").notNull(),
  short: text("short").notNull(),
  requesterId: text("requester_id"),
  priority: text("priority").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
  endedAt: instant("ended_at"),
});

export const mail = steward.table("mail", {
  tenantId: text("tenant_id").notNull(),
  actorId: uuid("actor_id").notNull(),
  event: text("event"),
  takenSeq: integer("taken_seq"),
});

export const effect = steward.table("effect", {
  tenantId: text("tenant_id").notNull(),
  id: uuid("id").notNull(),
  actorId: uuid("actor_id").notNull(),
  step: text("step").notNull(),
  generation: integer("generation").notNull(),
  tool: text("tool").notNull(),
  class: text("class").notNull(),
  risk: text("risk").notNull(),
  args: text("args").notNull(),
  state: text("state").notNull(),
  createdAt: instant("created_at").notNull(),
  startedAt: instant("started_at"),
  endedAt: instant("ended_at"),
});

export const conversation = steward.table("conversation", {
  tenantId: text("tenant_id").notNull(),
  id: uuid("id").notNull(),
  platform: text("platform").notNull(),
  channel: text("channel").notNull(),
  thread: text("thread").notNull(),
  begun: text("begun"),
});

export const gate = steward.table("gate", {
  tenantId: text("tenant_id").notNull(),
  id: uuid("id").notNull(),
  runId: uuid("run_id").notNull(),
  subject: text("subject").notNull(),
  subjectHash: text("subject_hash").notNull(),
  policy: text("policy").notNull(),
  barred: text("barred").array().notNull(),
  state: text("state").notNull(),
  openedAt: instant("opened_at").notNull(),
  expiresAt: instant("expires_at").notNull(),
  decidedAt: instant("decided_at"),
});

export const vote = steward.table("vote", {
  tenantId: text("tenant_id").notNull(),
  gateId: uuid("gate_id").notNull(),
  personId: text("person_id").notNull(),
  decision: text("decision").$type<"approve" | "deny">().notNull(),
  reason: text("reason"),
  surface: text("surface").notNull(),
  at: instant("at").notNull(),
});

export const audit = steward.table("audit", {
  tenantId: text("tenant_id").notNull(),
  stream: text("stream").notNull(),
  seq: integer("seq").notNull(),
  entry: text("entry").notNull(),
  hash: bytea("hash").notNull(),
});

export const fact = steward.table("fact", {
  tenantId: text("tenant_id").notNull(),
  stream: text("stream").notNull(),
  seq: integer("seq").notNull(),
  body: text("body"),
});
