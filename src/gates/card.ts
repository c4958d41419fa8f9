import type { Card, Field } from "../domain/card.ts";
import { canonical, type Json } from "../domain/json.ts";
import { oneLine, sentenceEnd, shorten, showHidden } from "../domain/text.ts";
import type { Asks, Risk } from "../domain/tool.ts";
import { changeFields } from "./change.ts";
import type { Gate, ShownEffect } from "./gate.ts";
import { reasonGiven, steeredBecause, whoMayApprove } from "./sentence.ts";

/** What a gate's card shows. `approverNames` are the people who hold the roles now, for example "ben, cara"; "" when unknown. */
export type Shown = Pick<Gate, "policy" | "escalatedTo" | "votes" | "subjectHash" | "expiresAt"> & {
  readonly title: string;
  readonly requester: { readonly name: string };
  readonly effects: readonly ShownEffect[];
  readonly approverNames: string;
  /** Why nobody could approve it when it was asked, and the remedy. */
  readonly unanswerable?: string;
  /** Why it was asked for, in the requester's words. */
  readonly reason?: string;
  /** What else whoever answers should know, as the workflow says; it may quote what came from outside. */
  readonly fields?: readonly Field[];
  /** The words of the model that wants it. */
  readonly says?: string;
  /** "Cara (for: 2h → 4h)": who changed what since it was first asked. */
  readonly changed?: readonly string[];
  /** The task of the agent that asks. */
  readonly agent?: string;
};

/** The longest text of all fields that every platform shows whole (Slack: 3000 characters a section). */
const mostShown = 3000;
/** The page of this gate; the kernel puts the gate's id for "self". */
const link = "/gates/self";

/** The question with its buttons. Every argument is on it; when it would be too long it has no Approve button and says where to read. */
export function openCard(gate: Shown): Card {
  const stuck = unanswerable(gate);
  const fields = fieldsOf(gate);
  const labels = asksOf(gate);
  const approve = { label: labels.approve, style: "primary", decide: "approve", gate: "self" } as const;
  const change = { label: labels.change, style: "default", decide: "change", gate: "self" } as const;
  const changes = changeFields(gate.effects).length > 0 ? [change] : [];
  const deny = { label: labels.deny, style: "danger", decide: "deny", gate: "self" } as const;
  const stop = { label: "Stop asking", style: "default", say: `/steward stop asking ${gate.agent}` } as const;
  const stops = gate.agent === undefined ? [] : [stop];
  return {
    ...frameOf(gate, stuck),
    fields: [...stuck.map((value) => ({ label: "Nobody can approve it yet", value })), ...shortened(gate, fields)],
    buttons: isWhole(fields) ? [approve, ...changes, deny, ...stops] : [deny, ...stops],
    link,
  };
}

/** The same card when it is over: no buttons, and below it what came of it. */
export function settledCard(gate: Shown, outcome: string): Card {
  return {
    ...frameOf(gate),
    text: `${sentence(gate)} ${outcome}.`,
    fields: shortened(gate, fieldsOf(gate)),
    outcome,
    link,
  };
}

/** "Who has not answered yet", for a reminder in every surface. */
export function reminderCard(gate: Shown): Card {
  return {
    text: `Still waiting for an answer: ${gate.title}, asked by ${gate.requester.name}. Who may approve: ${approvers(gate)}. Until ${gate.expiresAt}.`,
    link,
  };
}

/** Says whom an escalation added; `added` is null when there was nobody to add. */
export function escalationCard(gate: Shown, added: string | null): Card {
  const text =
    added === null
      ? `No decision yet on "${gate.title}", and there is nobody further to ask. Who may approve: ${approvers(gate)}.`
      : `No decision yet on "${gate.title}"; ${added} may approve it now too.`;
  return { text, link };
}

/** Until somebody was asked in addition: then it may be another matter. */
function unanswerable({ unanswerable: why, escalatedTo }: Shown): readonly string[] {
  return why === undefined || escalatedTo.length > 0 ? [] : [why];
}

function frameOf(gate: Shown, stuck: readonly string[] = []): { text: string; title: string } {
  return {
    text: [`${sentence(gate)} Who may approve: ${approvers(gate)}.`, ...stuck].join(" "),
    title: `${asksOf(gate).approve}: ${gate.title}?`,
  };
}

const plainly: Asks = { approve: "Approve", change: "Change and approve", deny: "Deny" };

/** The words of the tool that is asked about; of several, only where all say the same. */
function asksOf({ effects }: Shown): Asks {
  const [first, ...others] = effects;
  const { asks } = first ?? {};
  return asks !== undefined && others.every((other) => other.asks?.approve === asks.approve) ? asks : plainly;
}

function sentence(gate: Shown): string {
  return sentenceEnd(`${gate.requester.name} asks for approval: ${gate.title}`);
}

function approvers(gate: Shown): string {
  return whoMayApprove(gate, gate.approverNames);
}

function fieldsOf(gate: Shown): Field[] {
  const risks: readonly Risk[] = ["read", "write", "dangerous"];
  const risk = risks.findLast((one) => gate.effects.some((effect) => effect.risk === one)) ?? "read";
  const voted = gate.votes.filter((vote) => vote.decision === "approve").map((vote) => `${vote.person.name} approved`);
  const fields = [
    { label: "What", value: gate.effects.map((effect, i) => numberOf(gate.effects, i) + action(effect)).join("\n") },
    ...aside(gate),
    { label: "Risk", value: risk },
    ...whyAsked(gate.effects),
    ...outside(gate.effects),
    ...wouldDo(gate.effects),
    ...(gate.says ? [{ label: "The model says, unchecked", value: JSON.stringify(gate.says) }] : []),
    { label: "Requested by", value: gate.requester.name },
    ...(gate.reason ? [{ label: "Reason", value: reasonGiven(gate.reason, gate.requester.name) }] : []),
    ...(gate.changed ? [{ label: "Changed by", value: gate.changed.map(plain).join("\n") }] : []),
    { label: "Who may approve", value: approvers(gate) },
    { label: "Until", value: gate.expiresAt },
  ];
  return voted.length > 0 ? [...fields, { label: "Votes so far", value: voted.join(", ") }] : fields;
}

/** The longest text of a line that is the workflow's own, so that what is decided on stays whole beside it. */
const longestAside = 300;

function aside({ fields = [] }: Shown): Field[] {
  return fields.map(({ label, value }) => ({
    label: plain(label),
    value: showHidden(shorten(value.replaceAll(/\s+/g, " ").trim(), longestAside)),
  }));
}

/** That nobody would have been asked, or fewer, had a person named what something from outside did. */
function whyAsked(effects: readonly ShownEffect[]): Field[] {
  const sentences = effects.flatMap((effect) => steeredBecause(effect) ?? []);
  return sentences.length === 0 ? [] : [{ label: "Why it is asked", value: [...new Set(sentences)].join("\n") }];
}

/** A text from outside that is longer than this is not said again: it stands in the call. */
const longestTwice = 60;

/** Which values nobody here chose, and where they came from: whoever approves vouches for them. */
function outside(effects: readonly ShownEffect[]): Field[] {
  const all = effects.flatMap((effect, i) =>
    (effect.tainted ?? []).filter((name) => Object.hasOwn(effect.args, name)).map((name) => ({ effect, name, i })),
  );
  const lines = all.map(({ effect: { tool, args }, name, i }) => {
    const value = legible(args[name]);
    return `${numberOf(effects, i)}${tool} ${name}: ${value.length > longestTwice ? "as above" : value}`;
  });
  // Where it is asked about only because of them, that says where they came from.
  const from = all.flatMap(({ effect, name }) => (effect.steered ? [] : (effect.origins?.[name] ?? [])));
  const origins = [...new Set(from)].map((origin) => `From ${plain(origin)}`);
  return all.length === 0 ? [] : [{ label: "Came from outside, check it", value: [...lines, ...origins].join("\n") }];
}

/** "2. ": where there are several, each is called by its number. */
function numberOf(effects: readonly ShownEffect[], index: number): string {
  return effects.length > 1 ? `${index + 1}. ` : "";
}

function wouldDo(effects: readonly ShownEffect[]): Field[] {
  const said = effects.flatMap(({ dryRun }) => (dryRun ? [showHidden(dryRun.replaceAll(/\s+/g, " "))] : []));
  return said.length === 0 ? [] : [{ label: "Dry run", value: said.join("\n") }];
}

/** One line: the tool's own sentence, then the call itself. Values are JSON, so that no text can pose as another argument. */
function action(effect: ShownEffect): string {
  const given = Object.entries(effect.args).filter(([, value]) => value !== null);
  const args = given.map(([name, value]) => `${/^\w+$/.test(name) ? name : legible(name)}: ${legible(value)}`);
  return `${showHidden(effect.describes.replaceAll(/\s+/g, " "))} [${effect.tool}(${args.join(", ")})]`;
}

/** What is told of outside stays one line of a few words. */
function plain(text: string): string {
  return showHidden(oneLine(text));
}

function legible(value: Json | undefined): string {
  return showHidden(canonical(value));
}

function isWhole(fields: readonly Field[]): boolean {
  return fields.reduce((sum, field) => sum + field.label.length + field.value.length, 0) <= mostShown;
}

function shortened(gate: Shown, fields: readonly Field[]): readonly Field[] {
  if (isWhole(fields)) return fields;
  const count = gate.effects.length;
  const value = `${count} action${count === 1 ? "" : "s"}, too long to show here whole: read and approve on the gate's page. Subject ${gate.subjectHash.slice(0, 16)}.`;
  return fields.map((field) => (field.label === "What" ? { ...field, value } : field));
}
