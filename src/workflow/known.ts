import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { type Audiences, audienceAt } from "./audience.ts";
import { type Content, define } from "./definition.ts";
import { eventTriggers } from "./events.ts";
import { readField } from "./input.ts";
import { checkPicture } from "./picture.ts";
import type { Trusted } from "./plan-state.ts";
import type { Complaint } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import { findReferences } from "./references.ts";
import type { Step } from "./schema.ts";
import { eventsOf, specialistsOf } from "./schema.ts";
import { taintedIn } from "./taint.ts";

type Path = readonly (string | number)[];

/** A specialist's task, as far as it tells which tools it cannot do without. */
interface Task {
  readonly playbook?: { readonly looks: readonly { readonly tool: string; readonly optional?: true }[] } | null;
}

/** What exists around a workflow, as far as it may name it. A tool's arguments are checked when its `params` are given. */
export interface Known {
  readonly tools: readonly {
    readonly name: string;
    readonly params?: z.ZodType;
    /** What of its result is a picture, by the names of its members. */
    readonly apart?: Readonly<Record<string, readonly string[]>>;
  }[];
  readonly intents: readonly string[];
  /** What systems tell. */
  readonly events?: readonly string[];
  /** Channels that are an audience's, each with its audience. */
  readonly audiences?: Audiences;
  /** The channels there are, by name without #. Absent: it is not known yet where things are told. */
  readonly channels?: readonly string[];
  /** Whose answers hold nothing from outside. Absent: who chooses where something is told is judged when it is. */
  readonly trusted?: Trusted;
  readonly specialists: readonly { readonly name: string; readonly tasks: Readonly<Record<string, Task>> }[];
}

/** What a definition names that does not exist, and arguments a tool would refuse. */
export function checkKnown(content: Content, place: (id: string) => Path, known: Known): Complaint[] {
  const asked = content.phrases === undefined ? known : { ...known, intents: [...known.intents, content.name] };
  const triggers = content.on.flatMap((trigger, index) => [
    ...named(trigger, asked, ["on", index]),
    ...("in" in trigger ? checkPlace(trigger.in, known, ["on", index, "in"]) : []),
  ]);
  const defaults = Object.entries(content.input).flatMap(([name, field]): Complaint[] =>
    field.default === undefined || readField(field, field.default) !== undefined
      ? []
      : [
          {
            path: ["input", name, "default"],
            message: `The default of “${name}” is not one of its own values.`,
            remedy: `Write a ${field.type}${field.enum ? ` from ${field.enum.join(", ")}` : ""}.`,
          },
        ],
  );
  const steps = content.steps.flatMap((step): Complaint[] => {
    const at = place(step.id);
    if (step.kind === "tool") {
      const tool = known.tools.find((one) => one.name === step.tool.name);
      if (tool === undefined)
        return unknown(
          step.tool.name,
          known.tools.map((one) => one.name),
          "tool",
          [...at, "tool", "name"],
        );
      return tool.params instanceof z.ZodObject ? checkArgs(tool.params, step.tool.args, [...at, "tool", "args"]) : [];
    }
    if (step.kind === "notify")
      return [
        ...checkPicture(step, content, known.tools, at),
        ...checkPlace(step.notify.to, known, [...at, "notify", "to"]),
        ...checkChooser(step, content, known, [...at, "notify", "to"]),
      ];
    if (step.kind === "wait")
      return eventsOf(step).flatMap((event, index) =>
        named(event, known, [...at, "wait", "event", ...(Array.isArray(step.wait.event) ? [index] : [])]),
      );
    if (step.kind !== "agent") return [];
    return specialistsOf(step).flatMap((name, i) => {
      const where = Array.isArray(step.agent.specialist) ? ["specialist", i] : ["specialist"];
      const specialist = known.specialists.find((one) => one.name === name);
      if (specialist === undefined)
        return unknown(
          name,
          known.specialists.map((one) => one.name),
          "specialist",
          [...at, "agent", ...where],
        );
      const path = [...at, "agent", "task"];
      const looks = specialist.tasks[step.agent.task]?.playbook?.looks ?? [];
      const tools = known.tools.map((one) => one.name);
      // What can do without each of its looks cannot do without all of them.
      const isBlind = looks.every(({ tool }) => !tools.includes(tool));
      return [
        ...unknown(step.agent.task, Object.keys(specialist.tasks), `task of ${specialist.name}`, path),
        ...looks
          .filter(({ optional }) => optional !== true || isBlind)
          .flatMap(({ tool }) => unknown(tool, tools, "tool", path)),
      ];
    });
  });
  return [...triggers, ...defaults, ...steps];
}

/** Places that there are not, or that are an audience's: its policy and its words hold there, which only the tool that sends to it knows. */
function checkPlace(
  to: string | readonly string[] | undefined,
  { audiences, channels }: Known,
  path: Path,
): Complaint[] {
  return [to ?? []].flat().flatMap((place, index): Complaint[] => {
    const at = Array.isArray(to) ? [...path, index] : path;
    const audience = audienceAt(place, audiences);
    if (audience !== null)
      return [
        {
          path: at,
          message: `${place} is the audience “${audience}”: only messages.send writes there.`,
          remedy: `Use the tool messages.send with audience: ${audience}, or name another channel.`,
        },
      ];
    const name = place.replace(/^#/, "");
    if (channels === undefined || name === "thread" || findReferences(place).length > 0) return [];
    return channels.includes(name)
      ? []
      : [{ path: at, message: `There is no channel “${name}”.`, remedy: remedyNear(name, ["thread", ...channels]) }];
  });
}

/** Where something is told is not for what came from outside to choose. What an event brings is judged before. */
function checkChooser(
  step: Extract<Step, { kind: "notify" }>,
  content: Content,
  { trusted }: Known,
  path: Path,
): Complaint[] {
  if (trusted === undefined) return [];
  const told = { definition: define(content), run: eventTriggers(content).length > 0 ? { event: {} } : {}, trusted };
  return findReferences(step.notify.to ?? null, path)
    .filter(
      ({ text, reference }) => reference?.source === "step" && taintedIn({ to: `\${{ ${text} }}` }, told).length > 0,
    )
    .map(({ path: at, text }) => ({
      path: at,
      message: `What came from outside would choose with “${text}” where this is told.`,
      remedy: 'Write thread, or a channel by its name, such as "#ops".',
    }));
}

/** An intent or an event that something waits for or begins with. */
function named(one: object, { intents, events = [] }: Known, at: Path): Complaint[] {
  if ("intent" in one) return unknown(String(one.intent), intents, "intent", [...at, "intent"]);
  return "event" in one ? unknown(String(one.event), events, "event", [...at, "event"]) : [];
}

function unknown(name: string, names: readonly string[], what: string, path: Path): Complaint[] {
  return names.includes(name)
    ? []
    : [{ path, message: `There is no ${what} “${name}”.`, remedy: remedyNear(name, names) }];
}

/** Names of arguments, and the values of those written without a reference; the others are checked when they are known. */
function checkArgs(params: z.ZodObject, args: JsonObject, path: Path): Complaint[] {
  const shape = params.shape as Record<string, z.ZodType>;
  const wrong = Object.entries(args).flatMap(([name, value]): Complaint[] => {
    const schema = shape[name];
    if (schema === undefined)
      return [
        {
          path: [...path, name],
          message: `The tool takes no argument “${name}”.`,
          remedy: remedyNear(name, Object.keys(shape)),
        },
      ];
    if (findReferences(value).length > 0) return [];
    const checked = schema.safeParse(value);
    return checked.success
      ? []
      : [
          {
            path: [...path, name],
            message: `The tool refuses this value: ${checked.error.issues[0]?.message ?? "it is wrong"}.`,
            remedy: "Write a value the tool takes.",
          },
        ];
  });
  const absent = Object.entries(shape)
    .filter(([name, schema]) => !Object.hasOwn(args, name) && !schema.safeParse(undefined).success)
    .map(([name]) => ({
      path,
      message: `The tool needs the argument “${name}”.`,
      remedy: `Add ${name}: with its value.`,
    }));
  return [...wrong, ...absent];
}
