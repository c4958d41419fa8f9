import { parseDuration } from "../domain/duration.ts";
import { checkCondition } from "./conditions.ts";
import type { Content } from "./definition.ts";
import { eventTriggers } from "./events.ts";
import type { Complaint, Path } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import { findReferences } from "./references.ts";
import type { Step, Wording } from "./schema.ts";

/** Names in a step of other steps that are not there, or not of the kind that is meant. */
export function checkNames(step: Step, steps: readonly Step[], at: Path): Complaint[] {
  const ids = steps.map(({ id }) => id);
  return [...checkDependencies(step, ids, at), ...checkCovers(step, steps, at), ...checkNamed(step, steps, at)];
}

/** What a step says of itself, with `before` the steps that are settled when it begins. */
export function checkStep(step: Step, content: Content, before: ReadonlySet<string>, at: Path): Complaint[] {
  return [
    ...checkShape(step, at),
    ...checkReport(step, at),
    ...checkPlace(step, content, at),
    ...checkOrder(step, before, at),
  ];
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

/** What is drawn as Markdown is what a step has written, whole: no event, input or mixture of words. */
function checkReport(step: Step, at: Path): Complaint[] {
  if (step.kind !== "notify" || step.notify.report === undefined) return [];
  const { text } = step.notify;
  const isWritten = /^\$\{\{\s*steps\.[^{}]*\}\}$/.test(text.trim());
  return isWritten
    ? []
    : [
        {
          path: [...at, "notify", "text"],
          message: "A report is what a step has written, and nothing besides.",
          remedy: 'Write "${{ steps.ID.output.report }}" with the id of the step that writes it, or take out report:.',
        },
      ];
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
    ...(step.kind === "tool" && step.unless !== undefined ? checkCondition(step.unless, [...at, "unless"]) : []),
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

/** The conditions of a text that is a list of texts. */
export function checkWording(wording: Wording | undefined, at: Path): Complaint[] {
  return (typeof wording === "object" ? wording : []).flatMap(({ when }, index) =>
    when === undefined ? [] : checkCondition(when, [...at, index, "when"]),
  );
}
