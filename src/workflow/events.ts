import type { Json, JsonObject } from "../domain/json.ts";
import type { Content } from "./definition.ts";
import { inside } from "./references.ts";
import type { EventTrigger } from "./schema.ts";

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
