import { formatDuration } from "../domain/duration.ts";
import { canonical, type Json } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";

/** What an argument is called: "toVersion" is "to version", "forMs" is "for". */
export function argumentName(name: string): string {
  return name
    .replace(/(?<=.)Ms$/, "")
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll(/[_-]+/g, " ");
}

/** An argument's value for people: durations in words, texts as they are, lists and objects as JSON; nothing hidden. */
export function argumentValue(name: string, value: Json): string {
  if (isDuration(name, value)) return formatDuration(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return showHidden(typeof value === "string" ? value : canonical(value));
}

/** Whether it is a length of time: its name ends in Ms. */
export function isDuration(name: string, value: Json): value is number {
  return typeof value === "number" && /.Ms$/.test(name);
}
