import type { Json, JsonObject } from "../domain/json.ts";
import { worstSeverity } from "../domain/severity.ts";
import type { Content } from "./definition.ts";
import { inside, resolve, resolveText } from "./references.ts";
import type { EventTrigger } from "./schema.ts";

/** What an event is to a definition. */
export interface Heard {
  /** What it is about, while one run at a time is; null where every event begins one of its own. */
  readonly group: string | null;
  /** Whether it begins a run where none is open. */
  readonly begins: boolean;
  /** The channel in which the run's thread is begun. */
  readonly channel: string;
  /** The run's input, not yet checked. */
  readonly input: JsonObject;
}

/** The runs that an event would begin or belong to, one for each trigger that is about it. */
export function heardBy(definition: Content, name: string, data: JsonObject): Heard[] {
  const scope = { input: {}, requester: { id: "", name: "" }, outputs: {}, event: data };
  return eventTriggers(definition).flatMap((trigger) => {
    const begins = fits(trigger.match, data);
    if (trigger.event !== name || (!begins && trigger.group === undefined)) return [];
    const group = trigger.group === undefined ? null : resolveText(trigger.group, scope);
    return [{ group, begins, channel: trigger.in, input: resolve(trigger.input, scope) as JsonObject }];
  });
}

/** What a system told first, as its run knows it; `before` is the run of the same group, R-..., that had ended shortly before. */
export function toldFirst(data: JsonObject, before: string | null): JsonObject {
  return { ...data, told: 1, ...worst(data["severity"]), ...(before !== null && { before }) };
}

/** What a system tells after that, with what is to be known of all it told: how often that was, and the worst severity. */
export function toldAgain(known: JsonObject, data: JsonObject): JsonObject {
  const { told, before, severity, worst: soFar = severity } = known;
  return {
    ...data,
    told: (typeof told === "number" ? told : 1) + 1,
    ...worst(soFar, data["severity"]),
    ...(before !== undefined && { before }),
  };
}

function worst(...severities: readonly (Json | undefined)[]): { worst?: string } {
  const words = severities.filter((word) => typeof word === "string");
  return words.length === 0 ? {} : { worst: worstSeverity(words) };
}

/** The triggers of a definition that are events. */
export function eventTriggers({ on }: Pick<Content, "on">): readonly EventTrigger[] {
  return on.filter((trigger): trigger is EventTrigger => "event" in trigger);
}

/** Whether an event holds what is wanted of it: at each path ("labels.team") the value, or one of a list of values. */
export function fits(match: JsonObject, data: JsonObject): boolean {
  return Object.entries(match).every(([path, wanted]) => {
    const found = inside(data, path.split("."));
    return Array.isArray(wanted) ? wanted.some((one: Json) => one === found) : wanted === found;
  });
}
