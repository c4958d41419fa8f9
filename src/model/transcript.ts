import type { TurnAsked } from "../agents/turn.ts";
import { isId } from "../domain/ids.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";
import { cleanText } from "../domain/text.ts";
import { count, cut, fence } from "./fence.ts";

/** A message as the model's API takes it. */
export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly JsonObject[];
}

/** What an earlier answer held, under the call it was given in. */
export type Said = ReadonlyMap<string, readonly Json[]>;

/** The beginning of something large, and how long it is. */
export interface Excerpt {
  readonly text: string;
  readonly characters: number;
}

/** Kept large outputs, by id; null for one that is not there or not this run's. */
export type Excerpts = ReadonlyMap<string, Excerpt | null>;

/** How many characters a model is shown of one result, of a large output, of the input and of one message from outside, and how many messages of one turn. */
export const shown = { result: 10_000, excerpt: 8_000, input: 40_000, heard: 4_000, messages: 10 } as const;

/** What is told instead of the oldest turns. */
export interface Summary {
  /** How many turns it stands for. */
  readonly covers: number;
  readonly text: string;
}

/** A task as a conversation. Pure: the same task always gives the same messages. */
export function transcript(
  asked: TurnAsked,
  said: Said,
  excerpts: Excerpts,
  save: {
    readonly summary: Summary | null;
    /** Of the turns before this one the results are left out. */
    readonly bareUntil: number;
  },
): readonly Message[] {
  const { summary, bareUntil } = save;
  const covers = summary?.covers ?? 0;
  const opening = [
    text(`Your task's input, as JSON:\n${fence("input", cut(canonical(show(asked.input, excerpts)), shown.input))}`),
    ...(summary
      ? [text(`What you did and found before, in short:\n${fence("summary", summary.text)}\nGo on from there.`)]
      : []),
  ];
  const seen = new Set<string>();
  const rest = asked.turns.slice(covers).flatMap((turn, i): Message[] => {
    const blocks = replayed(said.get(turn.call) ?? [], seen);
    const isBare = covers + i < bareUntil;
    const answers = blocks.filter(isCall).map((call) => result(call, turn.results, excerpts, isBare));
    const older = turn.heard.length - shown.messages;
    const heard = [
      ...(older > 0 ? [text(`[${count(older)} messages that came before these are left out.]`)] : []),
      ...turn.heard
        .slice(-shown.messages)
        .map((message) =>
          text(
            `A message that came meanwhile, from outside:\n${fence("message", cut(cleanText(message), shown.heard))}`,
          ),
        ),
    ];
    const told = [...answers, ...heard];
    return [
      ...(blocks.length > 0 ? [{ role: "assistant" as const, content: blocks }] : []),
      {
        role: "user",
        content: told.length > 0 ? told : [text("Go on: use a tool, or call report if you know the answer.")],
      },
    ];
  });
  return closed([{ role: "user", content: opening }, ...rest], asked.last);
}

/** How much a conversation is, in characters. */
export function sizeOf(messages: readonly Message[]): number {
  return canonical(messages).length;
}

/** Large outputs that a conversation may show, by id. */
export function artifactsIn(asked: TurnAsked): readonly string[] {
  const outputs = asked.turns.flatMap((turn) => turn.results.map((one) => one.output ?? null));
  return [...new Set([...outputs, asked.input].flatMap(references))];
}

function text(value: string): JsonObject {
  return { type: "text", text: value };
}

/** Two messages of one side are one; the end is where the cache begins next time. */
function closed(messages: readonly Message[], last: boolean): readonly Message[] {
  const merged: { role: Message["role"]; content: JsonObject[] }[] = [];
  for (const { role, content } of messages) {
    const before = merged.at(-1);
    if (before?.role === role) before.content.push(...content);
    else merged.push({ role, content: [...content] });
  }
  const end = merged.at(-1);
  if (last) end?.content.push(text("No tool is open any more. Call report now with what you know."));
  const final = end?.content.at(-1);
  if (end && final) end.content[end.content.length - 1] = { ...final, cache_control: { type: "ephemeral" } };
  return merged;
}

/** An earlier answer as the API takes it back: exactly, without what it refuses (empty texts, a call's id used twice). */
function replayed(content: readonly Json[], seen: Set<string>): JsonObject[] {
  return content.flatMap((block): JsonObject[] => {
    const one = block as JsonObject;
    switch (one["type"]) {
      case "text":
        return String(one["text"]).trim() === "" ? [] : [text(String(one["text"]))];
      case "thinking":
        return [{ type: "thinking", thinking: one["thinking"] ?? "", signature: one["signature"] ?? "" }];
      case "redacted_thinking":
        return [{ type: "redacted_thinking", data: one["data"] ?? "" }];
      case "tool_use": {
        const id = String(one["id"]);
        if (seen.has(id)) return [text(`[The call ${JSON.stringify(id)} was repeated and not run again.]`)];
        seen.add(id);
        return [{ type: "tool_use", id, name: one["name"] ?? "", input: one["input"] ?? {} }];
      }
      default:
        return [];
    }
  });
}

function isCall(block: JsonObject): boolean {
  return block["type"] === "tool_use";
}

function result(
  call: JsonObject,
  results: TurnAsked["turns"][number]["results"],
  excerpts: Excerpts,
  isBare: boolean,
): JsonObject {
  const id = String(call["id"]);
  const own = results.find((one) => one.id === cleanText(id));
  const answer = { type: "tool_result", tool_use_id: id };
  if (own === undefined) return { ...answer, is_error: true, content: "This was not run." };
  if (own.error !== undefined) return { ...answer, is_error: true, content: cut(own.error, shown.result) };
  const whole = written(own.output ?? null, excerpts);
  const body = cut(whole, shown.result);
  const bare = `[Left out to save room: ${count(whole.length)} characters that ${own.tool} returned. Call it again if you need them.]`;
  return { ...answer, content: isBare && bare.length < body.length ? bare : body };
}

/** An output as text: JSON, and of a large one its reference and how it begins. */
function written(output: Json, excerpts: Excerpts): string {
  const excerpt = excerpts.get(artifactId(output) ?? "");
  return excerpt
    ? `${canonical(output)}\nIt begins (${count(excerpt.text.length)} of ${count(excerpt.characters)} characters):\n${excerpt.text}`
    : canonical(show(output, excerpts));
}

/** The value with the beginning of each large output beside its reference, which tools take as it is. */
function show(value: Json, excerpts: Excerpts): Json {
  if (Array.isArray(value)) return value.map((item: Json) => show(item, excerpts));
  if (value === null || typeof value !== "object") return value;
  const excerpt = excerpts.get(artifactId(value) ?? "");
  if (excerpt) return { ...value, begins: excerpt.text, characters: excerpt.characters };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(item, excerpts)]));
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => references(item));
  if (value === null || typeof value !== "object") return [];
  const id = artifactId(value);
  return id === null ? Object.values(value).flatMap(references) : [id];
}

/** The id in `{artifact, bytes}`, which stands for an output too large to be kept in place. */
function artifactId(value: Json): string | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const { artifact, bytes, ...more } = value as JsonObject;
  const isOne = typeof artifact === "string" && isId(artifact) && typeof bytes === "number";
  return isOne && Object.keys(more).length === 0 ? artifact : null;
}
