import type { Person } from "../domain/incoming.ts";
import type { Risk } from "../domain/tool.ts";

/** Everything a person can do besides answering a gate, which `gates` judges. */
export type Action =
  | "run.start"
  | "run.cancel"
  | "run.pause"
  | "run.resume"
  | "run.again"
  | "run.settle"
  | "run.read"
  | "audit.read"
  | "trial.break";

/** What it is done to: whose run, and for a start the highest risk among its steps. Unknown is null. */
export interface Subject {
  readonly requesterId?: string | null;
  readonly requesterManagerId?: string | null;
  readonly risk?: Risk;
  /** People have approved something of it. */
  readonly approved?: boolean;
  /** What it says and finds is for whoever asked. */
  readonly personal?: boolean;
}

export type Permission =
  | { readonly ok: true }
  | { readonly ok: false; readonly because: "inactive" | "guest" | "not-yours" | "role"; readonly sentence: string };

type Rule = (person: Person, subject: Subject) => Permission;

const yes: Permission = { ok: true };
const no = (because: Extract<Permission, { ok: false }>["because"], sentence: string): Permission => ({
  ok: false,
  because,
  sentence,
});
const holds = (person: Person, ...roles: string[]) => person.roles.some((role) => roles.includes(role));
const kinds = { member: "Members", guest: "Guests", bot: "Bots" };

const members: Rule = (person) =>
  person.kind === "member"
    ? yes
    : no("guest", `${kinds[person.kind]} may only look and ask questions; ask a member to do this.`);

/** Whoever asked (a guest too), their manager, any manager, and who is on call. */
const theirs: Rule = (person, { requesterId, requesterManagerId }) => {
  if (requesterId === person.id) return yes;
  const member = members(person, {});
  if (!member.ok) return member;
  if (requesterManagerId === person.id || holds(person, "manager", "on-call")) return yes;
  return no("not-yours", "Only whoever asked for this run, a manager or somebody on call may do that.");
};

/** Whoever asked does not choose when happens, or how long lasts, what others have approved. */
const pause: Rule = (person, { approved, ...subject }) => {
  if (!approved || subject.requesterId !== person.id) return theirs(person, subject);
  if (theirs(person, { ...subject, requesterId: null }).ok) return yes;
  const sentence = "Now that it is approved only a manager or somebody on call may pause it. You may cancel it.";
  return no("not-yours", sentence);
};

/** Anyone may ask for what only reads; the rest is for members. */
const start: Rule = (person, { risk = "dangerous" }) => (risk === "read" ? yes : members(person, {}));

const auditors: Rule = (person) => {
  const member = members(person, {});
  if (!member.ok) return member;
  return holds(person, "auditor", "manager") ? yes : no("role", "Reading the audit needs the role auditor or manager.");
};

/** What is for one person is theirs and the auditors'; the rest members see. */
const read: Rule = (person, { personal, ...subject }) => {
  if (personal) return subject.requesterId === person.id ? yes : auditors(person, {});
  return person.kind === "member" ? yes : theirs(person, subject);
};

const table: Readonly<Record<Action, Rule>> = {
  "run.start": start,
  "run.cancel": theirs,
  "run.pause": pause,
  "run.resume": theirs,
  "run.again": theirs,
  "run.settle": theirs,
  "run.read": read,
  "audit.read": auditors,
  "trial.break": members,
};

/** Whether a person may do this now, and the sentence for them when not. An inactive person may do nothing. A start of unknown risk counts as dangerous. */
export function permits(person: Person, action: Action, subject: Subject = {}): Permission {
  if (!person.active) return no("inactive", "Your account is not active; ask an administrator.");
  return table[action](person, subject);
}
