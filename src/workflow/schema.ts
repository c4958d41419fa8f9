import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "A name begins with a letter and holds letters, digits, - and _.");
const json = z.json() as z.ZodType<Json>;
const duration = z.string().transform((text, check) => {
  const ms = parseDuration(text);
  if (ms === null) check.addIssue({ code: "custom", message: `“${text}” is not a duration.` });
  return ms ?? 0;
});
const ids = z.union([name.transform((id) => [id]), z.array(name)]);
const jsonObject = z.record(z.string(), json);

const condition = json.optional();
/** Who may send it: whoever asked (unless `requester: false`), holders of the roles ("member": every member), the people named. */
const said = z.strictObject({
  intent: name,
  match: jsonObject.default({}),
  roles: z.array(name).default([]),
  people: z.array(z.string().min(1)).optional(),
  requester: z.boolean().optional(),
});
/** What a system tells: its event's name, and what the event must hold (a list: one of these). */
const happened = z.strictObject({ event: name, match: jsonObject.default({}) });
const event = z.union([said, happened]);
const button = z.strictObject({
  label: z.string().min(1).max(40),
  say: z.string().min(1),
  style: z.enum(["primary", "danger", "default"]).optional(),
});
const target = z.string().min(1);
/** A line of a card; with `each` one for every item of a list, which is `item` in its label and value. */
const cardField = z.strictObject({ each: z.string().min(1).optional(), label: z.string().min(1), value: z.string() });

const common = { id: name, dependsOn: ids.default([]), when: condition };
const retry = z.strictObject({
  attempts: z.int().min(1).max(20),
  backoff: duration.default(1000),
  factor: z.number().min(1).max(10).default(2),
  maxBackoff: duration.default(60_000),
});
/** Looks again `every` so long, until the condition on its own output holds or `atMost` has passed. */
const repeat = z.strictObject({ every: duration, until: json, atMost: duration });
const mayFail = {
  retry: retry.optional(),
  repeat: repeat.optional(),
  timeout: duration.optional(),
  /** failAtEnd: what follows goes on without it, and the run fails when that is over. */
  onError: z.enum(["fail", "failAtEnd", "skip", "escalate"]).default("fail"),
  /** Cancelling does not keep this step from running, once what it follows was done: it takes that back. */
  always: z.literal(true).optional(),
};

/** A text, or the first of several whose condition holds. */
const wording = z.union([
  z.string().min(1),
  z.array(z.strictObject({ when: condition, text: z.string().min(1) })).min(1),
]);
export type Wording = string | readonly { readonly when?: Json | undefined; readonly text: string }[];
/** The same, where an ending may say that nothing was done: so reads the run's status then, instead of "Done.". */
const reply = z.union([
  z.string().min(1),
  z.array(z.strictObject({ when: condition, text: z.string().min(1), did: z.literal("nothing").optional() })).min(1),
]);
export type Reply = z.output<typeof reply>;

/** The kinds of step, each with the keys it takes. A step's kind is the one of these keys it has. */
export const stepSchemas = {
  tool: z.strictObject({
    ...common,
    tool: z.strictObject({ name: z.string().min(1), args: jsonObject.default({}) }),
    /** What keeps an approved call from being made, judged when it would be: never what it is called with. */
    unless: condition,
    ...mayFail,
  }),
  approve: z.strictObject({
    ...common,
    approve: z.strictObject({
      covers: z.array(name).min(1, "An approval covers at least one step."),
      title: wording.optional(),
      /** What else whoever answers should know: lines of its card. */
      fields: z.array(cardField).max(5, "A question has at most 5 fields of its own.").optional(),
      /** What makes the question pointless: then it is withdrawn, or not put. */
      unless: condition,
      /** Why it was withdrawn then, for whoever has its card before them. */
      withdrawn: wording.optional(),
      /** Names of arguments: where another run that a system began asks for the same tool with the same of these, nobody is asked again. */
      alike: z.array(name).min(1).optional(),
      /** Denied or unanswered: the run stops, or what was asked for is skipped. */
      onDenied: z.enum(["stop", "skip"]).optional(),
    }),
  }),
  notify: z.strictObject({
    ...common,
    notify: z.strictObject({
      to: z.union([target, z.array(target).min(1, "A message needs a place.")]).optional(),
      replaces: name.optional(),
      title: z.string().min(1).optional(),
      text: z.string().min(1),
      /** The text is Markdown that a step has written; any other is shown as plain words. */
      report: z.literal(true).optional(),
      fields: z.array(cardField).optional(),
      code: z.string().min(1).optional(),
      picture: z.string().optional(),
      buttons: z.array(button).max(5, "A message has at most 5 buttons.").optional(),
      /** Where all went well it is the last word, and no other is said. */
      last: z.literal(true).optional(),
    }),
  }),
  wait: z.strictObject({
    ...common,
    wait: z.strictObject({
      for: z.string().optional(),
      event: z.union([event, z.array(event).min(1, "A list of events has at least one.")]).optional(),
      until: name.optional(),
      says: z.string().min(1).optional(),
    }),
  }),
  agent: z.strictObject({
    ...common,
    agent: z.strictObject({
      /** Who can do it; of several the first that has a seat, and the next when one fails. */
      specialist: z.union([name, z.array(name).min(1, "A task needs somebody.")]),
      task: name,
      input: jsonObject.default({}),
    }),
    ...mayFail,
  }),
} as const;

export type StepKind = keyof typeof stepSchemas;
export const stepKinds = Object.keys(stepSchemas) as StepKind[];

/** One step as the definition keeps it: durations in milliseconds, defaults filled in, `kind` written out. */
export type Step = { [K in StepKind]: { readonly kind: K } & Readonly<z.output<(typeof stepSchemas)[K]>> }[StepKind];
/** A step that does something outside and so may fail. */
export type WorkStep = Extract<Step, { kind: "tool" | "agent" }>;

/** Who can do an agent step, the preferred first. */
export function specialistsOf({ agent }: Pick<Extract<Step, { kind: "agent" }>, "agent">): readonly string[] {
  return [agent.specialist].flat();
}

/** The events that end a wait early. */
export function eventsOf(step: Extract<Step, { kind: "wait" }>): readonly z.output<typeof event>[] {
  const { event: ends } = step.wait;
  return ends === undefined ? [] : Array.isArray(ends) ? ends : [ends];
}

/**
 * A system's event that holds what `match` says. Of a `group` one run is open at a time, and gets what else is told of it. The
 * run's thread is begun `in` this channel; its input is filled from the event.
 */
const eventTrigger = happened.extend({
  group: z.string().min(1).optional(),
  in: target,
  input: jsonObject.default({}),
});
const trigger = z.union([z.strictObject({ intent: name }), z.strictObject({ manual: z.literal(true) }), eventTrigger]);
/** What starts a workflow: a person's intent, by hand, or a system's event. */
export type Trigger = z.output<typeof trigger>;
export type EventTrigger = z.output<typeof eventTrigger>;

const field = z.strictObject({
  type: z.enum(["string", "number", "boolean", "duration", "hours", "run", "ticket"]),
  required: z.boolean().default(false),
  default: json.optional(),
  enum: z.array(json).min(1).optional(),
});

/** The file without its steps, which are read one by one so that each is judged by its own kind. */
export const headSchema = z.strictObject({
  name,
  summary: z.string().min(1),
  on: z.union([trigger.transform((one) => [one]), z.array(trigger).min(1)]),
  /** How people ask for it, where no intent of another file stands for it: whole sentences, with its inputs as {slots}. */
  phrases: z.array(z.string().min(1).max(200)).min(1).max(50).optional(),
  /** What it says in its thread is for whoever asked alone, and only its last word is said. */
  alone: z.literal(true).optional(),
  /** Whoever asked and those who read the audit see its runs. */
  personal: z.literal(true).optional(),
  input: z.record(name, field).default({}),
  title: z.string().min(1).optional(),
  steps: z.unknown(),
  reply: reply.optional(),
  /** What is said after who ended it, when people did. */
  stopped: wording.optional(),
});

/** Words the grammar will have later; until then they are refused. */
export const reservedKeys = ["compensate", "fallback", "workflow", "schedule", "sla"];

/** What to write under a key whose value was refused. */
export const remedies: Readonly<Record<string, string>> = {
  name: "Write a short name such as restart-service.",
  id: "Write a short name such as restart.",
  summary: "Say in one sentence what the workflow does.",
  on: 'Write on: {intent: NAME}, on: {event: NAME, in: "#CHANNEL"} or on: {manual: true}, or a list of these.',
  phrases: 'Write what people say as a list, such as ["scale {service} to {instances}"].',
  alone: "Write alone: true where only whoever asked reads the answer, or leave it out.",
  personal: "Write personal: true where nobody but whoever asked is to see the run, or leave it out.",
  input: "Write each field as NAME: {type: string, required: true}.",
  type: "Use string, number, boolean, duration or run.",
  required: "Write true or false.",
  enum: "Write the allowed values as a list.",
  title: 'Write a text such as "restart ${{ input.service }}".',
  reply: "Write the text of the final message, or a list of {when: CONDITION, text: TEXT}.",
  did: "Write did: nothing on an ending of a run that changed nothing, or leave it out.",
  stopped: "Write what is said after who stopped it, as a text or a list of {when: CONDITION, text: TEXT}.",
  dependsOn: "Write a step's id or a list of ids.",
  covers: "Write the ids of the tool steps that need this approval, as a list.",
  to: 'Write thread, a channel\'s name in quotes such as "#ops", or a list of these.',
  replaces: "Write the id of the notify step whose message this becomes.",
  fields: "Write fields: as a list of {label: NAME, value: TEXT}.",
  picture: 'Write a reference to what a step before has drawn, such as "${{ steps.chart.output.picture }}".',
  code: 'Write lines to be shown as they are, such as "${{ steps.look.output.lines }}".',
  report: "Write report: true on a message whose text a step has written as Markdown, or leave it out.",
  last: "Write last: true on the message that is the last word, or leave it out.",
  buttons: 'Write buttons: as a list of {label: NAME, say: "what it says for whoever presses"}.',
  label: "Write what stands there, in at most 40 characters.",
  say: 'Write what the button says for whoever presses, such as "/steward help".',
  style: "Use primary, danger or default.",
  people: 'Write people\'s ids as a list, such as ["${{ steps.taken.output.by }}"].',
  requester: "Write false when whoever asked may not send it.",
  until: "Write the id of the step that makes this wait pointless.",
  says: "Write what people read while it waits.",
  text: "Write the text of the message.",
  for: 'Write a duration such as "2h" or a reference such as "${{ input.duration }}".',
  event: "Write event: {intent: NAME, match: {...}, roles: [...]} or {event: NAME, match: {...}}, or a list of these.",
  in: 'Write the name of the channel in which the thread is begun, in quotes such as "#ops".',
  group: 'Write what all events of one run have in common, such as "${{ event.group }}".',
  repeat: "Write repeat: {every: 30s, until: CONDITION, atMost: 15m}.",
  every: "Write a duration with its unit, such as 30s or 5m.",
  atMost: "Write a duration with its unit, such as 15m or 2h.",
  unless: "Write a condition that makes the question, or the approved call, pointless.",
  withdrawn: "Write why the question is withdrawn, as a text or a list of {when: CONDITION, text: TEXT}.",
  alike: "Write the names of the arguments that make it the same question, such as [service, environment].",
  onDenied: "Use stop or skip.",
  each: 'Write a reference to a list, such as "${{ steps.look.output.lines }}".',
  intent: "Write an intent's name.",
  match: "Write the parameters it must carry as a map.",
  roles: "Write the roles as a list.",
  tool: "Write tool: {name: NAME, args: {...}}.",
  args: "Write the arguments as a map.",
  agent: "Write agent: {specialist: NAME, task: NAME, input: {...}}.",
  specialist: "Write a specialist's name, or a list of those that can do it.",
  task: "Write the name of a task of this specialist.",
  attempts: "Write a whole number from 1 to 20: all tries together.",
  factor: "Write a number from 1 to 10.",
  retry: "Write retry: {attempts: 3, backoff: 1s}.",
  timeout: "Write a duration with its unit, such as 30s, 5m or 2h.",
  backoff: "Write a duration with its unit, such as 500ms or 2s.",
  maxBackoff: "Write a duration with its unit, such as 1m.",
  onError: "Use failAtEnd, fail, skip or escalate.",
  always: "Write always: true on the step that takes something back, or leave it out.",
};
