import type { Json, JsonObject } from "../domain/json.ts";
import type { Content, Part } from "./definition.ts";
import { coversOf, dependenciesOf } from "./definition.ts";
import { findReferences, parseReference, rewrite } from "./references.ts";
import type { Reply, Step, Wording } from "./schema.ts";
import { eventsOf } from "./schema.ts";

/** One part of a request: the workflow it is, its checked input, and whether it waits for all parts before it. */
export interface Joining {
  readonly content: Content;
  readonly input: JsonObject;
  readonly waits: boolean;
}

/** The parts as one workflow with its input; or why they cannot be one. */
export type Joined =
  | { readonly ok: true; readonly content: Content; readonly input: JsonObject }
  | { readonly ok: false; readonly problem: string };

/**
 * Makes one workflow of several, whose steps, approvals and inputs stay what they are under names of their own. A part that
 * does not wait begins with the part before it. One that waits begins when all before have done what they do; that a part
 * still has to take something back holds up nobody.
 */
export function joinParts(all: readonly Joining[]): Joined {
  const parts: Part[] = [];
  const steps: Step[] = [];
  const input: Record<string, Json> = {};
  const fields: Record<string, Content["input"][string]> = {};
  let stage: Pick<Part, "waitsFor"> & { readonly after: readonly string[] } = { waitsFor: [], after: [] };
  for (const [i, { content, input: given, waits }] of all.entries()) {
    const id = `part-${i + 1}`;
    if (waits) stage = { waitsFor: parts.map((part) => part.id), after: parts.flatMap((part) => doings(steps, part)) };
    const title = within(id, content.title, "");
    const own = content.steps.map((step) => moved(id, title, step));
    const covers = coversOf(own);
    steps.push(
      ...own.map((step) => (dependenciesOf(step, covers).length > 0 ? step : { ...step, dependsOn: [...stage.after] })),
    );
    parts.push({
      id,
      title,
      waitsFor: stage.waitsFor,
      steps: own.map((step) => step.id),
      ...wordingsOf(id, content, title),
    });
    for (const [name, field] of Object.entries(content.input)) fields[`${id}-${name}`] = field;
    for (const [name, value] of Object.entries(given)) input[`${id}-${name}`] = value;
  }
  const problem = saidTwice(steps);
  if (problem !== null) return { ok: false, problem };
  const content: Content = {
    name: "parts",
    summary: "A request in several parts",
    on: [{ manual: true }],
    input: fields,
    title: parts
      .map((part, i) => (i === 0 ? part.title : `${all[i]?.waits ? ", then" : " and"} ${part.title}`))
      .join(""),
    steps,
    parts,
    ...(all.some(({ content: { alone } }) => alone) && { alone: true }),
    ...(all.some(({ content: { personal } }) => personal) && { personal: true }),
  };
  return { ok: true, content, input };
}

/** What a part says at its end. */
function wordingsOf(part: string, { reply, stopped }: Content, title: string): Pick<Part, "reply" | "stopped"> {
  return {
    ...(reply === undefined ? {} : { reply: within(part, reply as Json, title) as Reply }),
    ...(stopped === undefined ? {} : { stopped: within(part, stopped as Json, title) as Wording }),
  };
}

/** A value of a part, its references to what is now called otherwise. `title` is what the part is called. */
function within<T extends Json>(part: string, value: T, title: string): T {
  return rewrite(value, (inner) => {
    const reference = parseReference(inner);
    if (reference?.source === "run" && reference.field === "title") return title;
    const name = reference?.source === "input" || reference?.source === "step" ? `${part}-` : "";
    return `\${{ ${inner.replace(/^(input|steps)\./, `$1.${name}`)} }}`;
  });
}

function moved(part: string, title: string, before: Step): Step {
  const own = (id: string) => `${part}-${id}`;
  const step = within(part, before as unknown as Json, title) as unknown as Step;
  const common = { id: own(step.id), dependsOn: step.dependsOn.map(own) };
  switch (step.kind) {
    case "approve": {
      const { covers, title: asked = title } = step.approve;
      return { ...step, ...common, approve: { ...step.approve, covers: covers.map(own), title: asked } };
    }
    case "notify": {
      const { replaces } = step.notify;
      return replaces === undefined
        ? { ...step, ...common }
        : { ...step, ...common, notify: { ...step.notify, replaces: own(replaces) } };
    }
    case "wait": {
      const { until } = step.wait;
      return until === undefined
        ? { ...step, ...common }
        : { ...step, ...common, wait: { ...step.wait, until: own(until) } };
    }
    default:
      return { ...step, ...common };
  }
}

/** What a part does: all its steps but those that take it back, and the waits that only lead there. */
function doings(steps: readonly Step[], part: Part): string[] {
  const own = steps.filter(({ id }) => part.steps.includes(id));
  const covers = coversOf(own);
  const isCleaning = (step: Step): boolean => {
    if ("always" in step && step.always) return true;
    const next = own.filter((other) => dependenciesOf(other, covers).includes(step.id));
    return step.kind === "wait" && next.length > 0 && next.every(isCleaning);
  };
  return own.filter((step) => !isCleaning(step)).map(({ id }) => id);
}

/** Why two waits would hear the same words, which then say nothing of which is meant; null when none would. */
function saidTwice(steps: readonly Step[]): string | null {
  const heard = new Map<string, string>();
  for (const step of steps) {
    if (step.kind !== "wait") continue;
    for (const event of eventsOf(step)) {
      if (!("intent" in event)) continue;
      const part = step.id.split("-", 2).join(" ");
      const byRun = findReferences(event.match).some(({ reference }) => reference?.source === "run");
      const other = heard.get(event.intent);
      if (byRun && other !== undefined && other !== part)
        return `${capital(other)} and ${part} would be answered with the same words, so ask for them one after the other.`;
      if (byRun) heard.set(event.intent, part);
    }
  }
  return null;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
