import type { Json } from "../domain/json.ts";
import type { Content } from "./definition.ts";
import { eventTriggers } from "./events.ts";
import type { Complaint, Path } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import type { Found, Reference } from "./references.ts";
import { findReferences } from "./references.ts";
import type { Step } from "./schema.ts";

/** The parts of a step that may hold references, by where they are. */
export function partsOf(step: Step): Record<string, Json> {
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

/** What is referred to in these parts is there when it is read: of the input, of steps settled before, and for what an approval covers already then. */
export function checkReferences(
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
    const whileAsked =
      found.path.includes("approve") && (found.path.includes("unless") || found.path.includes("withdrawn"));
    if (!before.has(step) && !goesOnBeside(content, step) && !(whileAsked && endsAlone(content, step)))
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
export function goesOnBeside(content: Content, id: string): boolean {
  const step = content.steps.find((one) => one.id === id);
  return step?.kind === "wait" && step.wait.until !== undefined && step.wait.event !== undefined;
}

/** A step that looks again and again, or asks what another run may ask: an open question may be pointless once it has come to something. */
function endsAlone(content: Content, id: string): boolean {
  const step = content.steps.find((one) => one.id === id);
  if (step?.kind === "approve") return step.approve.alike !== undefined;
  return step !== undefined && "repeat" in step && step.repeat !== undefined;
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
      "Write ${{ input.NAME }}, ${{ steps.ID.output.NAME }}, ${{ requester.id }}, ${{ requester.name }}, ${{ run.short }}, ${{ run.title }}, ${{ run.stopped }} or ${{ event.NAME }}.",
  };
}
