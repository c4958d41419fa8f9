import { formatDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { numberOf, textOf } from "./reading.ts";

/** "checkout in production". */
export function whereOf(input: JsonObject): string {
  return `${textOf(input["service"])} in ${textOf(input["environment"])}`;
}

/** "the last 2 hours", "the last hour". */
export function spanWords(input: JsonObject): string {
  const said = formatDuration(numberOf(input["last"]) ?? 0);
  return `the last ${/^1 \S+$/.test(said) ? said.slice(2) : said}`;
}
