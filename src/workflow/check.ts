import { parseDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import { checkCondition } from "./conditions.ts";
import type { Content } from "./definition.ts";
import { coversOf, dependenciesOf } from "./definition.ts";
import { eventTriggers } from "./events.ts";
import type { Complaint } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import type { Found, Reference } from "./references.ts";
import { findReferences } from "./references.ts";
import type { Step, Wording } from "./schema.ts";

type Path = readonly (string | number)[];

/** What is wrong between the parts of a definition: names that do not exist, circles, references to what is not there yet. */
export function checkContent(content: Content, place: (id: string) => Path): Complaint[] {
  const ids = content.steps.map((step) => step.id);
  const names = content.steps.flatMap((step) => [
    ...checkDependencies(step, ids, place(step.id)),
    ...checkCovers(step, content.steps, place(step.id)),
    ...checkNamed(step, content.steps, place(step.id)),
  ]);
  const covers = coversOf(content.steps);
  const after = new Map(
    content.steps.map((step) => [step.id, dependenciesOf(step, covers).filter((id) => ids.includes(id))]),
  );
  const circle = findCircle(after);
  if (circle !== null) {
    const circular = `These steps wait for each other: ${circle.join(" → ")}.`;
    return [
      ...names,
      {
        path: [...place(circle[0] ?? ""), "dependsOn"],
        message: circular,
        remedy: "Take out one of these dependencies.",
      },
    ];
  }
  const before = (id: string): ReadonlySet<string> => reachable(after, id);
  const steps = content.steps.flatMap((step) => {
    const approval = covers.get(step.id);
    return [
      ...checkShape(step, place(step.id)),
      ...checkPlace(step, content, place(step.id)),
      ...checkOrder(step, before(step.id), place(step.id)),
      ...checkReferences(
        partsOf(step),
        content,
        place(step.id),
        ids,
        before(step.id),
        approval === undefined ? null : { approval, before: before(approval) },
      ),
      // What it waits for may be in what it saw itself.
      ...checkReferences(
        "repeat" in step && step.repeat !== undefined ? { repeat: { until: step.repeat.until } } : {},
        content,
        place(step.id),
        ids,
        new Set([...before(step.id), step.id]),
        null,
      ),
    ];
  });
  return [
    ...names,
    ...steps,
    ...checkTriggers(content),
    ...checkReferences({ title: content.title }, content, [], ids, new Set(), null),
    ...checkReferences({ reply: (content.reply ?? "") as Json }, content, [], ids, new Set(ids), null),
    ...checkWording(content.reply, ["reply"]),
  ];
}

/** The conditions of a text that is a list of texts. */
function checkWording(wording: Wording | undefined, at: Path): Complaint[] {
  return (typeof wording === "object" ? wording : []).flatMap(({ when }, index) =>
    when === undefined ? [] : checkCondition(when, [...at, index, "when"]),
  );
}

/** What an event's trigger takes from the event, and that it fills what the workflow needs. */
function checkTriggers(content: Content): Complaint[] {
  const fields = Object.keys(content.input);
  return content.on.flatMap((trigger, index): Complaint[] => {
    if (!("event" in trigger)) return [];
    const at = ["on", index];
    const foreign = findReferences({ group: trigger.group ?? "", input: trigger.input }, at).filter(
      ({ reference }) => reference?.source !== "event",
    );
    return [
      ...foreign.map(({ path, text }) => ({
        path,
        message: `“${text}” is not there yet when an event starts the workflow.`,
        remedy: "Use only ${{ event.NAME }} here.",
      })),
      ...Object.keys(trigger.input)
        .filter((name) => !fields.includes(name))
        .map((name) => ({
          path: [...at, "input", name],
          message: `There is no input “${name}”.`,
          remedy: remedyNear(name, fields),
        })),
      ...fields
        .filter((name) => content.input[name]?.required && !Object.hasOwn(trigger.input, name))
        .map((name) => ({
          path: [...at, "input"],
          message: `The event fills no input “${name}”, which is required.`,
          remedy: `Add ${name}: with what it is in the event, or give the input a default.`,
        })),
    ];
  });
}

function checkDependencies(step: Step, ids: readonly string[], at: Path): Complaint[] {
  return step.dependsOn
    .filter((id) => !ids.includes(id) || id === step.id)
    .map((id) => ({
      path: [...at, "dependsOn"],
      message: id === step.id ? "A step cannot depend on itself." : `There is no step “${id}”.`,
      remedy: remedyNear(
        id,
        ids.filter((other) => other !== step.id),
      ),
    }));
}

function checkCovers(step: Step, steps: readonly Step[], at: Path): Complaint[] {
  if (step.kind !== "approve") return [];
  const tools = steps.filter((other) => other.kind === "tool").map((other) => other.id);
  return step.approve.covers.flatMap((id, index): Complaint[] => {
    const path = [...at, "approve", "covers", index];
    const kind = steps.find((other) => other.id === id)?.kind;
    if (kind === undefined) return [{ path, message: `There is no step “${id}”.`, remedy: remedyNear(id, tools) }];
    if (kind !== "tool")
      return [
        {
          path,
          message: `An approval covers tool steps; “${id}” is a step of kind ${kind}.`,
          remedy: "Name a tool step.",
        },
      ];
    const also = steps.find((other) => other.kind === "approve" && other.approve.covers.includes(id));
    if (also !== step || step.approve.covers.indexOf(id) !== index)
      return [
        { path, message: `“${id}” is already covered by “${also?.id ?? step.id}”.`, remedy: "Cover each step once." },
      ];
    return [];
  });
}

/** The steps that a message replaces and a wait is until. */
function checkNamed(step: Step, steps: readonly Step[], at: Path): Complaint[] {
  const others = steps.filter((other) => other.id !== step.id);
  if (step.kind === "wait") {
    const { until } = step.wait;
    const names = others.map((other) => other.id);
    return until === undefined || names.includes(until)
      ? []
      : [
          {
            path: [...at, "wait", "until"],
            message: `There is no other step “${until}”.`,
            remedy: remedyNear(until, names),
          },
        ];
  }
  if (step.kind !== "notify") return [];
  const { to, replaces } = step.notify;
  const path = [...at, "notify", "replaces"];
  if ((to === undefined) === (replaces === undefined))
    return [
      {
        path: [...at, "notify", "to"],
        message:
          to === undefined ? "A message needs a place." : "A message that replaces another is where that one is.",
        remedy: to === undefined ? "Write to: thread, or replaces: with a step's id." : "Take out to: or replaces:.",
      },
    ];
  if (replaces === undefined) return [];
  const first = others.flatMap((other) =>
    other.kind === "notify" && other.notify.replaces === undefined ? [other.id] : [],
  );
  if (!first.includes(replaces))
    return [{ path, message: `There is no message “${replaces}” to replace.`, remedy: remedyNear(replaces, first) }];
  return [];
}

/** Where something is told is not for an event to choose, nor for what it fills. */
function checkPlace(step: Step, content: Content, at: Path): Complaint[] {
  if (step.kind !== "notify" || eventTriggers(content).length === 0) return [];
  return findReferences(step.notify.to ?? null, [...at, "notify", "to"])
    .filter(({ reference }) => reference?.source === "event" || reference?.source === "input")
    .map(({ path, text }) => ({
      path,
      message: `An event would choose with “${text}” where this is told.`,
      remedy: 'Write thread, or a channel by its name, such as "#ops".',
    }));
}

/** A message is there before it is replaced. */
function checkOrder(step: Step, before: ReadonlySet<string>, at: Path): Complaint[] {
  if (step.kind !== "notify" || step.notify.replaces === undefined || before.has(step.notify.replaces)) return [];
  return [
    {
      path: [...at, "notify", "replaces"],
      message: `“${step.notify.replaces}” need not be there when this replaces it.`,
      remedy: `Add “${step.notify.replaces}” to dependsOn.`,
    },
  ];
}

function checkShape(step: Step, at: Path): Complaint[] {
  const when = [
    ...(step.when === undefined ? [] : checkCondition(step.when, [...at, "when"])),
    ...("repeat" in step && step.repeat !== undefined
      ? checkCondition(step.repeat.until, [...at, "repeat", "until"])
      : []),
    ...(step.kind === "approve" && step.approve.unless !== undefined
      ? checkCondition(step.approve.unless, [...at, "approve", "unless"])
      : []),
    ...(step.kind === "approve" ? checkWording(step.approve.title, [...at, "approve", "title"]) : []),
    ...(step.kind === "approve" ? checkWording(step.approve.withdrawn, [...at, "approve", "withdrawn"]) : []),
  ];
  if (step.kind !== "wait") return when;
  const path = [...at, "wait"];
  if (step.wait.for === undefined && step.wait.event === undefined)
    return [
      ...when,
      { path, message: "A wait needs an end.", remedy: "Write for: with a duration, event: with an intent, or both." },
    ];
  if (step.wait.for !== undefined && !step.wait.for.includes("${{") && parseDuration(step.wait.for) === null)
    return [
      ...when,
      {
        path: [...path, "for"],
        message: `“${step.wait.for}” is not a duration.`,
        remedy: "Write a number with its unit, such as 30s, 5m or 2h.",
      },
    ];
  return when;
}

/** The parts of a step that may hold references, by where they are. */
function partsOf(step: Step): Record<string, Json> {
  const when = step.when === undefined ? {} : { when: step.when };
  switch (step.kind) {
    case "tool":
      return { ...when, tool: { args: step.tool.args } };
    case "approve":
      return { ...when, approve: step.approve as unknown as Json };
    case "notify":
      return { ...when, notify: step.notify as unknown as Json };
    case "wait":
      return { ...when, wait: step.wait as unknown as Json };
    case "agent":
      return { ...when, agent: { input: step.agent.input } };
  }
}

function checkReferences(
  parts: Json,
  content: Content,
  at: Path,
  ids: readonly string[],
  before: ReadonlySet<string>,
  covered: { approval: string; before: ReadonlySet<string> } | null,
): Complaint[] {
  return findReferences(parts, at).flatMap((found): Complaint[] => {
    if (found.reference === null) return [unreadable(found)];
    const complaint = missing(found, content, ids) ?? (covered === null ? null : unsteady(found.reference));
    if (complaint !== null) return [{ path: found.path, ...complaint }];
    if (found.reference.source !== "step") return [];
    const { step } = found.reference;
    if (covered !== null && !covered.before.has(step))
      return [
        {
          path: found.path,
          message: `This step is approved in “${covered.approval}”, before “${step}” has an output.`,
          remedy: `Use only the input and steps that “${covered.approval}” depends on.`,
        },
      ];
    if (!before.has(step) && !goesOnBeside(content, step))
      return [
        {
          path: found.path,
          message: `“${step}” need not be finished when this is read.`,
          remedy: at.length === 0 ? "Use only the input here." : `Add “${step}” to dependsOn.`,
        },
      ];
    return [];
  });
}

/** A wait for an answer until another step is over: what it has heard is read at any time, null while it has heard nothing. */
function goesOnBeside(content: Content, id: string): boolean {
  const step = content.steps.find((one) => one.id === id);
  return step?.kind === "wait" && step.wait.until !== undefined && step.wait.event !== undefined;
}

/** What may change between an approval and what it approves. */
function unsteady(reference: Reference): Omit<Complaint, "path"> | null {
  if (reference.source !== "event") return null;
  return {
    message: "What was told last may be something else when this is done.",
    remedy: "Take it into the input: on: {event: NAME, input: {...}}.",
  };
}

function missing(found: Found, content: Content, ids: readonly string[]): Omit<Complaint, "path"> | null {
  const reference = found.reference as Reference;
  if (reference.source === "event" && eventTriggers(content).length === 0)
    return { message: "No event starts this workflow.", remedy: "Write on: {event: NAME}, or take this out." };
  if (reference.source === "item" && !found.path.includes("fields"))
    return {
      message: "“item” is there only in fields.",
      remedy: "Write fields: [{each: LIST, label: ..., value: ...}].",
    };
  const inputs = Object.keys(content.input);
  if (reference.source === "input" && !inputs.includes(reference.name))
    return { message: `There is no input “${reference.name}”.`, remedy: remedyNear(reference.name, inputs) };
  if (reference.source === "step" && !ids.includes(reference.step))
    return { message: `There is no step “${reference.step}”.`, remedy: remedyNear(reference.step, ids) };
  return null;
}

function unreadable(found: Found): Complaint {
  return {
    path: found.path,
    message: `“${found.text}” is not a reference.`,
    remedy:
      "Write ${{ input.NAME }}, ${{ steps.ID.output.NAME }}, ${{ requester.id }}, ${{ requester.name }}, ${{ run.short }}, ${{ run.title }} or ${{ event.NAME }}.",
  };
}

/** Every step that is settled before this one begins. */
function reachable(after: ReadonlyMap<string, readonly string[]>, id: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (at: string): void => {
    for (const next of after.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(id);
  return seen;
}

/** A circle of dependencies, "a → b → a", or null. */
function findCircle(after: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(id)) return [...trail.slice(trail.indexOf(id)), id];
    if (done.has(id)) return null;
    for (const next of after.get(id) ?? []) {
      const circle = visit(next, [...trail, id]);
      if (circle !== null) return circle;
    }
    done.add(id);
    return null;
  };
  for (const id of after.keys()) {
    const circle = visit(id, []);
    if (circle !== null) return circle;
  }
  return null;
}
