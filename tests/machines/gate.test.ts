import { expect, test } from "vitest";
import type { SnapshotFrom } from "xstate";
import { initialTransition, transition } from "xstate";
import type { GateEvent, GateInput } from "../../machines/gate.ts";
import { ended, gateMachine, gateOf } from "../../machines/gate.ts";
import type { Card } from "../../src/domain/card.ts";
import type { Person } from "../../src/domain/incoming.ts";
import { checkExecution, type Policy } from "../../src/gates/gates.ts";
import { ana, ben, cara, dan, four, gate, member, noon, policyOf, restart } from "../gates/company.ts";

const { subject, subjectHash, policy: terms } = gate();
const policy: Policy = { ...terms, escalate: [{ afterMs: 1_800_000, to: "manager-of-requester" }] };
const input: GateInput = {
  gate: "approve#1",
  runId: "r1",
  title: "restart checkout in production",
  requester: { id: "ana", name: "ana" },
  barred: ["ana"],
  subject,
  subjectHash,
  policy,
  policyHash: "p",
  effects: [
    {
      effectId: "e1",
      step: "restart",
      tool: "services.restart",
      risk: "dangerous",
      describes: "Restart checkout in production, one instance at a time",
      args: restart.args,
    },
  ],
  surfaces: ["thread", { channel: "approvals" }, { channel: "approvals" }],
  managerId: "gil",
  managerName: "gil",
  approverNames: "cara, dan",
  expiresAt: four,
};

type Action = {
  type: string;
  params: { id?: string; sendId?: string; delay?: number; card?: Card; event?: { type: string } };
};

/** Plays events through the pure transition, over a stored snapshot each time; what the last event asked for is `actions`. */
function play(more: Partial<GateInput>, ...events: GateEvent[]) {
  let [snapshot] = initialTransition(gateMachine, { ...input, ...more });
  let actions: Action[] = [];
  for (const event of events) {
    const stored = JSON.parse(JSON.stringify(snapshot)) as SnapshotFrom<typeof gateMachine>;
    const restored = gateMachine.resolveState({ value: stored.value, context: stored.context, status: stored.status });
    const [next, asked] = transition(gateMachine, restored, event);
    snapshot = next;
    actions = asked.map(({ type, params }) => ({ type, params: params as Action["params"] }));
  }
  const notes = actions.filter(({ type }) => type === "note");
  return {
    state: snapshot.value,
    context: snapshot.context,
    status: snapshot.status,
    meta: Object.values(snapshot.getMeta())[0],
    actions,
    told: actions.filter(({ type }) => type === "tell").map(({ params }) => params.event),
    noted: notes.map(({ params }) => params.id),
    card: notes[0]?.params.card,
    timers: actions
      .filter(({ type, params }) => type === "xstate.raise" && typeof params.delay === "number")
      .map(({ params }) => [params.id, params.event, params.delay]),
    cancelled: actions.filter(({ type }) => type === "xstate.cancel").map(({ params }) => params.sendId),
  };
}

const begin = { type: "begin" } as const;
const votes = (person: Person, decision: "approve" | "deny" = "approve", reason: string | null = null): GateEvent => ({
  type: "vote",
  person,
  decision,
  reason,
  surface: "thread",
  subjectHash,
  at: noon,
});

test("a gate that opens tells the run, asks on every surface once and sets its timers", () => {
  const opened = play({}, begin);
  expect(opened.state).toBe("open");
  expect(opened.told).toEqual([{ type: "gate.opened", gate: "approve#1" }]);
  expect(opened.noted).toEqual(["card@thread", "card@#approvals"]);
  expect(opened.timers).toEqual([
    ["remind", { type: "remind" }, 900_000],
    ["escalate:0", { type: "escalate", level: 0 }, 1_800_000],
    ["expire", { type: "expire" }, 14_400_000],
  ]);
  expect(opened.actions.every(({ type }) => ["tell", "note", "xstate.raise"].includes(type))).toBe(true);
});

test("the card shows the exact actions, risk, who asked, who may approve and until when", () => {
  const { card } = play({}, begin);
  expect(card).toMatchObject({ title: "Approve: restart checkout in production?", link: "/gates/self" });
  expect(card?.fields).toEqual([
    {
      label: "What",
      value:
        'Restart checkout in production, one instance at a time [services.restart(service: "checkout", environment: "production")]',
    },
    { label: "Risk", value: "dangerous" },
    { label: "Requested by", value: "ana" },
    { label: "Who may approve", value: "1 manager and 1 security (cara, dan)" },
    { label: "Until", value: four },
  ]);
  expect(card?.buttons).toEqual([
    { label: "Approve", style: "primary", decide: "approve", gate: "self" },
    { label: "Deny", style: "danger", decide: "deny", gate: "self" },
  ]);
});

test("that nobody could approve it is said on every card, and no more when others are asked too", () => {
  const unanswerable = "As it stands nobody can approve this.";
  const opened = play({ unanswerable }, begin);
  expect(opened.noted).toEqual(["card@thread", "card@#approvals"]);
  expect(opened.card?.text).toMatch(/As it stands nobody can approve this\.$/);
  // Who has the role by now may answer all the same.
  expect(play({ unanswerable }, begin, votes(cara), votes(dan)).state).toBe("approved");
  expect(play({ unanswerable }, begin, { type: "escalate", level: 0 }).card?.text).not.toContain("nobody can approve");
});

test("what cannot be seen, or looks like another letter, is on the card as its number, in the tool's words too", () => {
  const service = "\u0441heckout\u202e";
  const effects = input.effects.map((effect) => ({ ...effect, describes: `Restart ${service}`, args: { service } }));
  expect(play({ effects }, begin).card?.fields?.[0]?.value).toBe(
    String.raw`Restart \u0441heckout\u202e [services.restart(service: "\u0441heckout\u202e")]`,
  );
});

test("a card too long to show whole has no Approve button and says where to read", () => {
  const effects = input.effects.map((effect) => ({ ...effect, args: { script: "x".repeat(3000) } }));
  const { card } = play({ effects }, begin);
  expect(card?.buttons?.map(({ label }) => label)).toEqual(["Deny"]);
  expect(card?.fields?.[0]?.value).toContain("read and approve on the gate's page");
});

test("when nobody has to be asked the gate is waived without a card", () => {
  const waived = play({ policy: { ...policy, name: "staging", require: [] } }, begin);
  expect(waived).toMatchObject({
    state: "waived",
    told: [{ type: "gate.waived", gate: "approve#1", policy: "staging" }],
    noted: [],
    timers: [],
    meta: { ends: true },
  });
});

test.each([
  [cara, dan],
  [dan, cara],
])("manager and security approve in any order, and every copy of the card is settled", (first, second) => {
  const half = play({}, begin, votes(first));
  expect(half).toMatchObject({ state: "open", told: [], noted: ["card@thread", "card@#approvals"] });
  expect(half.card?.fields?.at(-1)).toEqual({ label: "Votes so far", value: `${first.name} approved` });
  const done = play({}, begin, votes(first), votes(second));
  expect(done).toMatchObject({
    state: "approved",
    status: "active",
    meta: { ends: true },
    cancelled: ["remind", "escalate:0", "expire"],
  });
  expect(done.told).toEqual([
    { type: "gate.approved", gate: "approve#1", by: [first.name, second.name], gateActor: "self" },
  ]);
  expect(done.noted).toEqual(["card@thread", "card@#approvals"]);
  expect(done.card?.buttons).toBeUndefined();
  expect(done.card?.title).toBe("Approve: restart checkout in production?");
  expect(done.card?.outcome).toBe(`Approved by ${first.name} and ${second.name} at ${noon}`);
});

test("one veto ends it, and the run hears the reason", () => {
  const denied = play({}, begin, votes(cara), votes(dan, "deny", "not today"));
  expect(denied).toMatchObject({
    state: "denied",
    status: "done",
    told: [{ type: "gate.denied", gate: "approve#1", by: "dan", reason: "not today" }],
    card: { outcome: `Denied by dan: not today (at ${noon})` },
  });
});

test("the card says where outside values came from, and why it is asked where the policy would have let it pass", () => {
  const effect = input.effects[0] as (typeof input.effects)[number];
  const origins = { service: "the alert “Slow”\u200b of\nAlertmanager" };
  const fieldsOf = (more: object) =>
    Object.fromEntries(
      (play({ effects: [{ ...effect, tainted: ["service"], ...more }] }, begin).card?.fields ?? []).map((field) => [
        field.label,
        field.value,
      ]),
    );
  const value = `services.restart service: ${JSON.stringify(effect.args["service"])}`;
  expect(fieldsOf({})).toMatchObject({ "Came from outside, check it": value });
  const named = fieldsOf({ origins });
  expect(named["Came from outside, check it"]).toBe(`${value}\nFrom the alert “Slow”\\u200b of Alertmanager`);
  expect(named).not.toHaveProperty("Why it is asked");
  expect(fieldsOf({ origins, steered: true })).toMatchObject({
    "Why it is asked": "Asked because service came from the alert “Slow”\\u200b of Alertmanager: nobody here named it.",
  });
});

test("a long text from outside is on the card once, marked as what it is, and two of them are told apart", () => {
  const [now, over] = ["checkout fails just now, ".repeat(4), "checkout is well again, ".repeat(4)];
  const effect = {
    ...(input.effects[0] as (typeof input.effects)[number]),
    tool: "messages.send",
    tainted: ["text"],
    origins: { text: "what was drafted" },
  };
  const effects = [
    { ...effect, args: { audience: "customers", text: now } },
    { ...effect, args: { audience: "customers", text: over } },
  ];
  const { fields = [] } = play({ effects }, begin).card ?? {};
  const shown = Object.fromEntries(fields.map(({ label, value }) => [label, value]));
  expect(shown["What"]?.split("\n")).toEqual([
    expect.stringMatching(`^1\\. .*\\[messages\\.send\\(audience: "customers", text: "${now}"\\)\\]$`),
    expect.stringMatching(`^2\\. .*\\[messages\\.send\\(audience: "customers", text: "${over}"\\)\\]$`),
  ]);
  expect(shown["Came from outside, check it"]?.split("\n")).toEqual([
    "1. messages.send text: as above",
    "2. messages.send text: as above",
    "From what was drafted",
  ]);
});

test("what was changed says who changed it, on the new card and in what the old one remembers", () => {
  const changed = ["cara (for: 2h → 4h)"];
  expect(play({ changed }, begin).card?.fields).toContainEqual({ label: "Changed by", value: changed[0] });
  expect(play({}, begin).card?.fields?.map(({ label }) => label)).not.toContain("Changed by");
  const old = play({}, begin, { type: "supersede", by: "cara", name: "Cara", change: "Changed by Cara" });
  expect(old).toMatchObject({ state: "superseded", context: { changedBy: "Cara" } });
});

test("whoever asked may withdraw by a press; the run may too, and needs no answer", () => {
  expect(play({}, begin, votes(ana, "deny"))).toMatchObject({
    state: "withdrawn",
    told: [{ type: "gate.denied", by: "ana", reason: "withdrawn by ana" }],
    card: { outcome: `Withdrawn by ana at ${noon}` },
  });
  const changed = { barred: ["ana", "cara"], changers: ["cara"] };
  expect(play(changed, begin, votes(cara, "deny", "too long"))).toMatchObject({
    state: "denied",
    told: [{ type: "gate.denied", by: "cara", reason: "too long" }],
    card: { outcome: `Denied by cara: too long (at ${noon})` },
  });
  expect(play({}, begin, { type: "withdraw", because: "the alert ended" })).toMatchObject({
    state: "withdrawn",
    told: [],
    card: { outcome: "Withdrawn: the alert ended" },
    cancelled: ["remind", "escalate:0", "expire"],
  });
});

test.each([
  votes({ ...ana, roles: ["manager"] }),
  votes(ben),
  votes(dan, "deny"),
  { ...votes(cara), at: four },
  { ...votes(cara), subjectHash: "old" },
])("the machine itself refuses what the kernel should not have mailed: %j", (event) =>
  expect(play({}, begin, event as GateEvent)).toMatchObject({ state: "open", actions: [], context: { votes: [] } }),
);

test("nobody answers: a reminder, the manager is asked too, then it expires", () => {
  const reminded = play({}, begin, { type: "remind" });
  expect(reminded.noted).toEqual(["reminder@thread", "reminder@#approvals"]);
  expect(reminded.card?.text).toContain("Who may approve: 1 manager and 1 security (cara, dan)");
  const escalated = play({}, begin, { type: "escalate", level: 0 });
  expect(escalated.noted).toEqual(["card@thread", "card@#approvals", "escalation:0@thread", "escalation:0@#approvals"]);
  expect(escalated.card?.fields?.[3]?.value).toBe("1 manager and 1 security (cara, dan), or gil");
  expect(escalated.card?.buttons).toHaveLength(2);
  const gil = member("gil");
  const onCall = { policy: { ...policyOf(["on-call", 1]), escalate: policy.escalate } };
  expect(play(onCall, begin, votes(gil))).toMatchObject({
    state: "open",
    context: { votes: [] },
  });
  expect(play(onCall, begin, { type: "escalate", level: 0 }, votes(gil)).state).toBe("approved");
  const expired = play({}, begin, { type: "remind" }, { type: "escalate", level: 0 }, { type: "expire" });
  expect(expired).toMatchObject({
    state: "expired",
    told: [{ type: "gate.expired", gate: "approve#1" }],
    card: { outcome: "Expired: nobody answered" },
  });
  expect(play({}, begin, votes(cara), { type: "expire" }).card?.outcome).toBe("Expired: only cara approved in time");
});

test("without a manager, or with a barred one, the escalation says there is nobody further", () => {
  for (const more of [
    { managerId: null, managerName: null },
    { managerId: "ana", managerName: "ana" },
  ]) {
    const escalated = play(more, begin, { type: "escalate", level: 0 });
    expect(escalated.noted).toEqual(["escalation:0@thread", "escalation:0@#approvals"]);
    expect(escalated.card?.text).toContain("nobody further to ask");
    expect(escalated.context.escalatedTo).toEqual([]);
  }
});

test("an approval is consumed once, by exactly what was approved, while its voters hold their roles", () => {
  const consume = { type: "consume", effect: restart, voters: [cara, dan] } as const;
  const path = [begin, votes(cara), votes(dan)];
  expect(play({}, ...path, consume).context.consumed).toEqual(["e1"]);
  expect(play({}, ...path, consume, consume).context.consumed).toEqual(["e1"]);
  expect(play({}, ...path, { ...consume, effect: { ...restart, pin: null } }).context.consumed).toEqual([]);
  expect(play({}, ...path, { ...consume, voters: [cara] }).context.consumed).toEqual([]);
  expect(play({}, begin, votes(cara), consume).context.consumed).toEqual([]);
  const used = play({}, ...path, consume);
  expect(checkExecution(gateOf("approved", used.context), restart, [cara, dan])).toMatchObject({ because: "consumed" });
});

test("a changed subject supersedes the gate, approved or not", () => {
  const supersede = { type: "supersede", by: "approve#2" } as const;
  expect(play({}, begin, supersede)).toMatchObject({
    state: "superseded",
    told: [],
    cancelled: ["remind", "escalate:0", "expire"],
  });
  const late = play({}, begin, votes(cara), votes(dan), supersede, {
    type: "consume",
    effect: restart,
    voters: [cara, dan],
  });
  expect(late).toMatchObject({ state: "superseded", context: { consumed: [] } });
});

test("what comes after the end changes nothing", () => {
  for (const event of [
    { type: "remind" },
    { type: "expire" },
    { type: "withdraw" },
    { type: "escalate", level: 0 },
    votes(cara),
  ] as GateEvent[])
    expect(play({}, begin, votes(dan, "deny", "no"), event)).toMatchObject({ state: "denied", actions: [] });
  expect(["new", "open"].some((state) => ended(state as "new"))).toBe(false);
  expect(ended("approved")).toBe(true);
});
