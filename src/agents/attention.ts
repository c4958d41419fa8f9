import { z } from "zod";
import { formatDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { instantOf, listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const mostListed = 10;

const forMe: Playbook = {
  order: "together",
  looks: [{ id: "waiting", tool: "waiting.items", args: {} }],
  report: (_input, outputs) => {
    const waiting = objectOf(outputs["waiting"]);
    const items = listOf(waiting["items"]).map(objectOf);
    const untaken = numberOf(waiting["untaken"]) ?? 0;
    const groups = groupsOf(items);
    const summary =
      waiting["known"] !== true
        ? "Only people have things waiting for them; ask as a person."
        : items.length === 0
          ? "Nothing waits for you."
          : `${items.length} ${items.length === 1 ? "thing waits" : "things wait"} for you.`;
    const lines = groups.flatMap(({ name, of }) => [
      name,
      ...of.slice(0, mostListed).map(lineOf),
      ...moreThan(of.length),
    ]);
    return { summary, count: items.length, answer: [summary, ...lines, ...forAnyone(untaken)].join("\n") };
  },
};

/** After somebody's quiet hours: what was kept, and what waits, in one message. */
const afterQuiet: Playbook = {
  order: "together",
  looks: [
    { id: "waiting", tool: "waiting.items", args: {} },
    { id: "held", tool: "quiet.held", args: {} },
  ],
  report: (input, outputs) => {
    const held = objectOf(outputs["held"]);
    const kept = listOf(held["items"]).map(objectOf);
    const { count: waiting, answer } = forMe.report(input, outputs);
    const summary = `${kept.length === 1 ? "1 message was" : `${kept.length} messages were`} kept for you.`;
    const lines = kept.map(({ at, text }) => `• ${instantOf(at) ?? "before"}, ${textOf(text)}`);
    const parts = [...(kept.length === 0 ? [] : [summary, ...lines]), ...(waiting === 0 ? [] : [textOf(answer)])];
    const count = kept.length + (numberOf(waiting) ?? 0);
    return { summary, count, ids: kept.map(({ id }) => textOf(id)), answer: parts.join("\n") };
  },
};

/** Groups what waits for one person, the urgent first. Changes nothing. */
export const attention: Specialist = {
  name: "attention",
  summary: "Groups what waits for somebody, the urgent first",
  tools: ["waiting.items", "quiet.held"],
  tasks: {
    "for-me": {
      summary: "What waits for whoever asks",
      report: z.looseObject({ summary: z.string(), answer: z.string() }) as z.ZodType<Report>,
      playbook: forMe,
      plain: true,
      personal: true,
    },
    morning: {
      summary: "What was kept for whoever asks while they were not to be disturbed, and what waits for them",
      report: z.looseObject({ summary: z.string(), answer: z.string(), count: z.number() }) as z.ZodType<Report>,
      playbook: afterQuiet,
      plain: true,
      personal: true,
    },
  },
  concurrency: 10,
};

function groupsOf(items: readonly JsonObject[]): { name: string; of: readonly JsonObject[] }[] {
  const isUrgent = ({ urgent }: JsonObject) => urgent === true;
  const isTaken = ({ kind }: JsonObject) => kind === "taken";
  return [
    { name: "Now:", of: items.filter(isUrgent) },
    { name: "Next:", of: items.filter((item) => !isUrgent(item) && !isTaken(item)) },
    { name: "Later:", of: items.filter((item) => !isUrgent(item) && isTaken(item)) },
  ].filter(({ of }) => of.length > 0);
}

function lineOf(item: JsonObject): string {
  const [run, title, link] = [textOf(item["run"]), textOf(item["title"]), textOf(item["link"])];
  const says = textOf(item["says"]);
  const since = formatDuration(Math.max(1000, numberOf(item["openMs"]) ?? 0));
  const left = numberOf(item["leftMs"]);
  const details = {
    approval: `approve or deny: ${title}; asked ${since} ago${left === null ? "" : `, ${formatDuration(Math.max(1000, left))} left`}`,
    untaken: `nobody has taken it: ${title}; open for ${since}`,
    taken: `you have taken it: ${title}; open for ${since}`,
    asked: `it asks you: ${title}${says === "" ? "" : ` (${says})`}`,
    halted: `it does not go on: ${title}${says === "" ? "" : ` (${says})`}`,
  };
  const kind = textOf(item["kind"]) as keyof typeof details;
  return `• ${run}, ${details[kind] ?? title}. ${link}`;
}

function moreThan(count: number): string[] {
  return count > mostListed ? [`and ${count - mostListed} more`] : [];
}

function forAnyone(untaken: number): string[] {
  if (untaken === 0) return [];
  return [
    `For anyone: ${untaken === 1 ? "1 help request that nobody has" : `${untaken} help requests that nobody has`} taken yet (“open requests” lists them).`,
  ];
}
