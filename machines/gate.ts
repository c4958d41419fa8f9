import { setup } from "xstate";
import type { Card, Field } from "../src/domain/card.ts";
import type { MachineEvent, Note } from "../src/domain/command.ts";
import type { Person } from "../src/domain/incoming.ts";
import type {
  Decision,
  Escalated,
  Gate,
  GateState,
  Policy,
  Press,
  ShownEffect,
  SubjectEffect,
  Vote,
} from "../src/gates/gates.ts";
import { checkExecution, decide, escalationCard, openCard, reminderCard, settledCard } from "../src/gates/gates.ts";

export const version = 1;

/** What may come late or twice and changes nothing. The kernel judges votes and consumption with the same functions before it mails them. */
export const ignores = ["vote", "remind", "escalate", "expire", "withdraw", "supersede", "consume"];

export type Surface = "thread" | { readonly channel: string };

/** What the kernel knows when a gate opens. `gate` is the run's own id of the `open` command; instants are ISO text. */
export type GateInput = {
  readonly gate: string;
  readonly runId: string;
  readonly title: string;
  readonly requester: { readonly id: string; readonly name: string };
  readonly barred: readonly string[];
  /** Those of them who only changed it. */
  readonly changers?: readonly string[];
  readonly subject: string;
  readonly subjectHash: string;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly effects: readonly ShownEffect[];
  readonly surfaces: readonly Surface[];
  /** The requester's manager, whom a late gate asks too. */
  readonly managerId: string | null;
  readonly managerName: string | null;
  /** Who holds the roles asked for, in words: "ben, cara". */
  readonly approverNames: string;
  /** Why nobody could approve it when it was asked, and the remedy. */
  readonly unanswerable?: string;
  readonly expiresAt: string;
  /** What the model that wants it says about it. */
  readonly says?: string;
  /** Why it was asked for, in the requester's words. */
  readonly reason?: string;
  /** The task of the agent that asks. */
  readonly agent?: string;
  /** What else whoever answers should know. */
  readonly fields?: readonly Field[];
  /** "Cara (for: 2h → 4h)": who changed what since it was first asked. */
  readonly changed?: readonly string[];
};

export type GateContext = GateInput & {
  readonly votes: readonly Vote[];
  readonly escalatedTo: readonly Escalated[];
  readonly consumed: readonly string[];
  /** Who changed it, so that another question took its place, and what: "for: 2h → 4h". */
  readonly changedBy?: string;
  readonly changedWhat?: string;
};

export type GateEvent =
  | { readonly type: "begin" }
  | {
      readonly type: "vote";
      readonly person: Person;
      readonly decision: "approve" | "deny";
      readonly reason?: string | null;
      readonly surface: string;
      readonly subjectHash: string;
      readonly at: string;
    }
  | { readonly type: "remind" }
  | { readonly type: "escalate"; readonly level: number }
  | { readonly type: "expire" }
  | { readonly type: "withdraw"; readonly because?: string }
  /** When somebody who may approve it changed it: `change` says so in a sentence, `name` is who and `what` is what. */
  | {
      readonly type: "supersede";
      readonly by: string;
      readonly change?: string;
      readonly name?: string;
      readonly what?: string;
    }
  /** `effect` is what would run now, `voters` are the persons who voted as they are now. */
  | { readonly type: "consume"; readonly effect: SubjectEffect; readonly voters: readonly Person[] };

/** The gate as the pure functions judge it, from a snapshot's state and context. */
export function gateOf(state: GateState, context: GateContext): Gate {
  const { barred, policy, votes, escalatedTo, subject, subjectHash, expiresAt, consumed } = context;
  const { changers = [] } = context;
  return { state, barred, changers, policy, votes, escalatedTo, subject, subjectHash, expiresAt, consumed };
}

/** Whether a gate in this state is decided. An approved one still takes `consume` and `supersede`. */
export function ended(state: GateState): boolean {
  return state !== "new" && state !== "open";
}

const asking = setup({
  types: { context: {} as GateContext, events: {} as GateEvent, input: {} as GateInput },
  actions: {
    tell: (_, _params: { id: string; to: string; event: MachineEvent }) => {},
    note: (_, _params: Note) => {},
  },
});

function surfacesOf(context: GateContext): { key: string; to: Surface }[] {
  const keyed = context.surfaces.map((to) => ({ key: to === "thread" ? to : `#${to.channel}`, to }));
  return keyed.filter(({ key }, i) => keyed.findIndex((other) => other.key === key) === i);
}

/** The same card on every surface; the same id again repaints it. */
function notes(context: GateContext, id: string, card: Card) {
  return surfacesOf(context).map(({ key, to }) => ({
    type: "note" as const,
    params: { id: `${id}@${key}`, card, to, urgent: true },
  }));
}

function judge(context: GateContext, event: GateEvent): Decision | null {
  if (event.type !== "vote") return null;
  const press: Press = {
    answer: event.decision,
    reason: event.reason ?? null,
    by: event.person,
    subjectHash: event.subjectHash,
    surface: event.surface,
    at: event.at,
  };
  return decide(gateOf("open", context), press);
}

function isDenied(context: GateContext, event: GateEvent, withdrawn: boolean): boolean {
  const decision = judge(context, event);
  return decision?.kind === "denied" && decision.withdrawn === withdrawn;
}

const record = asking.assign({
  votes: ({ context, event }) => {
    const decision = judge(context, event);
    return decision && "vote" in decision ? [...context.votes, decision.vote] : context.votes;
  },
});

const ask = asking.enqueueActions(({ context, enqueue }) => {
  enqueue({ type: "tell", params: { id: "opened", to: "parent", event: { type: "gate.opened", gate: context.gate } } });
  for (const note of notes(context, "card", openCard(context))) enqueue(note);
  const { remindAfterMs, escalate, expireAfterMs } = context.policy;
  if (remindAfterMs !== null) enqueue.raise({ type: "remind" }, { id: "remind", delay: remindAfterMs });
  for (const [level, { afterMs }] of escalate.entries())
    enqueue.raise({ type: "escalate", level }, { id: `escalate:${level}`, delay: afterMs });
  enqueue.raise({ type: "expire" }, { id: "expire", delay: expireAfterMs });
});

/** Whom this level of escalation adds: nobody when the requester has no manager, the manager is barred, or they were added before. */
function addedBy(context: GateContext, event: GateEvent): Escalated | null {
  const step = event.type === "escalate" ? context.policy.escalate[event.level] : undefined;
  if (!step) return null;
  if (step.to !== "manager-of-requester") {
    const { role } = step.to;
    return context.escalatedTo.some((to) => to.kind === "role" && to.role === role) ? null : { kind: "role", role };
  }
  const { managerId: id, managerName } = context;
  if (
    id === null ||
    context.barred.includes(id) ||
    context.escalatedTo.some((to) => to.kind === "person" && to.id === id)
  )
    return null;
  return { kind: "person", id, name: managerName ?? id };
}

const escalateNow = asking.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "escalate") return;
  const added = addedBy(context, event);
  const wider = added ? { ...context, escalatedTo: [...context.escalatedTo, added] } : context;
  enqueue.assign({ escalatedTo: wider.escalatedTo });
  if (added) for (const note of notes(context, "card", openCard(wider))) enqueue(note);
  const name = added && (added.kind === "person" ? added.name : `anyone with the role ${added.role}`);
  for (const note of notes(context, `escalation:${event.level}`, escalationCard(wider, name))) enqueue(note);
});

const repaint = asking.enqueueActions(({ context, enqueue }) => {
  for (const note of notes(context, "card", openCard(context))) enqueue(note);
});

/** Ends the asking: timers go, every copy of the card is settled, and the run hears it when it does not know already. */
const settle = (end: (context: GateContext, event: GateEvent) => { outcome: string; answer: MachineEvent | null }) =>
  asking.enqueueActions(({ context, event, enqueue }) => {
    const { outcome, answer } = end(context, event);
    for (const id of ["remind", ...context.policy.escalate.map((_, level) => `escalate:${level}`), "expire"])
      enqueue.cancel(id);
    for (const note of notes(context, "card", settledCard(context, outcome))) enqueue(note);
    if (answer)
      enqueue({ type: "tell", params: { id: answer.type.replace("gate.", ""), to: "parent", event: answer } });
  });

const approved = settle((context) => {
  const by = context.votes.filter((vote) => vote.decision === "approve").map((vote) => vote.person.name);
  const outcome = `Approved by ${by.join(" and ")} at ${context.votes.at(-1)?.at}`;
  return { outcome, answer: { type: "gate.approved", gate: context.gate, by, gateActor: "self" } };
});
const denied = settle((context) => {
  const vote = context.votes.at(-1);
  const by = vote?.person.name ?? "";
  const reason = vote?.reason ?? "";
  return {
    outcome: `Denied by ${by}: ${reason.replace(/[.\s]+$/u, "")} (at ${vote?.at})`,
    answer: { type: "gate.denied", gate: context.gate, by, reason },
  };
});
const withdrawnByPress = settle((context) => {
  const vote = context.votes.at(-1);
  const by = vote?.person.name ?? "";
  const why = vote?.reason ? `withdrawn by ${by}: ${vote.reason}` : `withdrawn by ${by}`;
  return {
    outcome: `Withdrawn by ${by} at ${vote?.at}`,
    answer: { type: "gate.denied", gate: context.gate, by, reason: why },
  };
});
const withdrawn = settle((_, event) => ({
  outcome: event.type === "withdraw" && event.because ? `Withdrawn: ${event.because}` : "Withdrawn",
  answer: null,
}));
const expired = settle((context) => {
  const names = context.votes.map((vote) => vote.person.name);
  const outcome =
    names.length === 0 ? "Expired: nobody answered" : `Expired: only ${names.join(" and ")} approved in time`;
  return { outcome, answer: { type: "gate.expired", gate: context.gate } };
});
const superseded = settle((_, event) => ({
  outcome:
    event.type === "supersede" && event.change !== undefined
      ? `${event.change}; a new approval was asked for`
      : "Superseded: what would be done has changed, and a new approval was asked for",
  answer: null,
}));

const keepChanger = asking.assign(({ event }) =>
  event.type === "supersede" && event.name !== undefined
    ? { changedBy: event.name, ...(event.what !== undefined && { changedWhat: event.what }) }
    : {},
);

/** An approval: one question, put to people until they decide, it is taken back, or time is up. */
export const gateMachine = asking.createMachine({
  id: "gate",
  context: ({ input }) => ({ ...input, votes: [], escalatedTo: [], consumed: [] }),
  initial: "new",
  states: {
    new: {
      on: {
        begin: [
          {
            target: "waived",
            guard: ({ context }) => context.policy.require.length === 0,
            actions: asking.enqueueActions(({ context, enqueue }) => {
              const event = { type: "gate.waived", gate: context.gate, policy: context.policy.name };
              enqueue({ type: "tell", params: { id: "waived", to: "parent", event } });
            }),
          },
          { target: "open", actions: ask },
        ],
      },
    },
    open: {
      on: {
        vote: [
          {
            target: "approved",
            guard: ({ context, event }) => judge(context, event)?.kind === "approved",
            actions: [record, approved],
          },
          {
            target: "denied",
            guard: ({ context, event }) => isDenied(context, event, false),
            actions: [record, denied],
          },
          {
            target: "withdrawn",
            guard: ({ context, event }) => isDenied(context, event, true),
            actions: [record, withdrawnByPress],
          },
          { guard: ({ context, event }) => judge(context, event)?.kind === "counted", actions: [record, repaint] },
        ],
        remind: {
          actions: asking.enqueueActions(({ context, enqueue }) => {
            for (const note of notes(context, "reminder", reminderCard(context))) enqueue(note);
          }),
        },
        escalate: { guard: ({ context, event }) => event.level in context.policy.escalate, actions: escalateNow },
        expire: { target: "expired", actions: expired },
        withdraw: { target: "withdrawn", actions: withdrawn },
        supersede: { target: "superseded", actions: [keepChanger, superseded] },
      },
    },
    approved: {
      meta: { ends: true },
      on: {
        consume: {
          guard: ({ context, event }) =>
            checkExecution(gateOf("approved", context), event.effect, event.voters).kind === "ok",
          actions: asking.assign({
            consumed: ({ context, event }) =>
              event.type === "consume" ? [...context.consumed, event.effect.effectId] : context.consumed,
          }),
        },
        supersede: { target: "superseded", actions: [keepChanger, superseded] },
      },
    },
    denied: { type: "final", meta: { ends: true } },
    expired: { type: "final", meta: { ends: true } },
    withdrawn: { type: "final", meta: { ends: true } },
    superseded: { type: "final", meta: { ends: true } },
    waived: { type: "final", meta: { ends: true } },
  },
});
