import { z } from "zod";
import { formatDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { listOf, numberOf, objectOf, textOf } from "./reading.ts";
import type { Playbook, Report, Specialist } from "./specialist.ts";

const mostListed = 8;

const everything: Playbook = {
  order: "together",
  looks: ["services", "work", "connections", "spend"].map((id) => ({ id, tool: `overview.${id}`, args: {} })),
  report: (_input, outputs) => {
    const work = objectOf(outputs["work"]);
    const runs = listOf(work["runs"]).map(objectOf);
    const approvals = listOf(work["approvals"]).map(objectOf);
    const asking = new Set(approvals.map(({ run }) => textOf(run)));
    const parts = [
      servicesIn(objectOf(outputs["services"])),
      incidentsIn(runs.filter(isIncident)),
      troubleIn(runs),
      approvalsIn(approvals),
      othersIn(runs.filter(({ run }) => !asking.has(textOf(run)))),
      connectionsIn(objectOf(outputs["connections"])),
      spendIn(objectOf(outputs["spend"])),
    ].flatMap((part) => part ?? []);
    const wrong = parts.reduce((sum, part) => sum + part.wrong, 0);
    const whose = work["hidden"] === true ? " Of runs and approvals you see your own." : "";
    const summary =
      wrong === 0 ? "Nothing needs anybody now." : `${wrong} ${wrong === 1 ? "thing needs" : "things need"} somebody.`;
    return { summary, wrong, answer: [`${summary}${whose}`, ...parts.map(({ text }) => text)].join("\n") };
  },
};

/** Says in one answer how everything is: services, incidents, runs, approvals, connections, money. Changes nothing. */
export const dashboard: Specialist = {
  name: "dashboard",
  summary: "Says in one answer how everything is that Steward is connected to",
  tools: ["overview.services", "overview.work", "overview.connections", "overview.spend"],
  tasks: {
    everything: {
      summary: "How everything is now",
      report: z.looseObject({ summary: z.string(), answer: z.string() }) as z.ZodType<Report>,
      playbook: everything,
      plain: true,
    },
  },
  concurrency: 10,
};

/** What one part of the picture says, and how many things in it need somebody. */
interface Part {
  readonly text: string;
  readonly wrong: number;
}

function servicesIn(found: JsonObject): Part | null {
  const services = listOf(found["services"]).map(objectOf);
  if (services.length === 0) return null;
  const ailing = services.filter((service) => listOf(service["ails"]).length > 0);
  if (ailing.length === 0)
    return {
      text: services.length === 1 ? "The one service is well." : `All ${services.length} services are well.`,
      wrong: 0,
    };
  const lines = ailing.map(
    (one) =>
      `${textOf(one["service"])} in ${textOf(one["environment"])} (${listOf(one["ails"]).map(textOf).join(", ")})`,
  );
  const verb = ailing.length === 1 ? "ails" : "ail";
  return {
    text: `${ailing.length} of ${services.length} services ${verb}: ${atMost(lines, "; ")}.`,
    wrong: ailing.length,
  };
}

function incidentsIn(incidents: readonly JsonObject[]): Part | null {
  if (incidents.length === 0) return null;
  const lines = incidents.map((run) => `${textOf(run["run"])}: ${textOf(run["title"])}, for ${lasting(run)}`);
  return { text: `${counted(incidents.length, "incident")} open: ${atMost(lines, "; ")}.`, wrong: incidents.length };
}

function troubleIn(runs: readonly JsonObject[]): Part | null {
  const halted = runs.filter(({ problem }) => textOf(problem) !== "");
  if (halted.length === 0) return null;
  const lines = halted.map((run) => `${textOf(run["run"])}: ${textOf(run["title"])} (${textOf(run["problem"])})`);
  return { text: `${counted(halted.length, "run")} not going on: ${atMost(lines, "; ")}.`, wrong: halted.length };
}

function approvalsIn(approvals: readonly JsonObject[]): Part | null {
  if (approvals.length === 0) return null;
  const lines = approvals.map((gate) => {
    const of = textOf(gate["approvers"]);
    return `${textOf(gate["run"])}: ${textOf(gate["title"])}${of === "" ? "" : `, waits for ${of}`}, for ${lasting(gate)}`;
  });
  return { text: `${counted(approvals.length, "approval")} open: ${atMost(lines, "; ")}.`, wrong: approvals.length };
}

function othersIn(runs: readonly JsonObject[]): Part | null {
  const others = runs.filter((run) => !isIncident(run) && textOf(run["problem"]) === "");
  if (others.length === 0) return null;
  const lines = others.map((run) => `${textOf(run["run"])}: ${textOf(run["title"])} (${textOf(run["state"])})`);
  return { text: `${counted(others.length, "other run")} open: ${atMost(lines, "; ")}.`, wrong: 0 };
}

function connectionsIn(found: JsonObject): Part | null {
  const all = listOf(found["connections"]).map(objectOf);
  if (all.length === 0) return null;
  const silent = all.filter(({ state }) => textOf(state) !== "healthy");
  if (silent.length === 0)
    return { text: `Connected and well: ${all.map(({ name }) => textOf(name)).join(", ")}.`, wrong: 0 };
  const lines = silent.map(({ name, state, because }) => {
    const why = textOf(because);
    return `${textOf(name)} is ${textOf(state)}${why === "" ? "" : ` (${why})`}`;
  });
  return { text: `Of ${counted(all.length, "connection", false)}: ${atMost(lines, "; ")}.`, wrong: silent.length };
}

function spendIn({ usd, capUsd }: JsonObject): Part | null {
  const [spent, cap] = [numberOf(usd), numberOf(capUsd)];
  if (spent === null) return null;
  const of = cap === null ? "" : ` of ${cap.toFixed(2)}`;
  return {
    text: `Models and paid calls have cost ${spent.toFixed(2)}${of} US dollars today.`,
    wrong: cap !== null && spent >= cap ? 1 : 0,
  };
}

function isIncident({ incident }: JsonObject): boolean {
  return incident === true;
}

function lasting({ openMs }: JsonObject): string {
  return formatDuration(Math.max(1000, numberOf(openMs) ?? 0));
}

function counted(count: number, noun: string, withVerb = true): string {
  const verb = withVerb ? (count === 1 ? " is" : " are") : "";
  return `${count} ${noun}${count === 1 ? "" : "s"}${verb}`;
}

function atMost(lines: readonly string[], between: string): string {
  const rest = lines.length - mostListed;
  return [...lines.slice(0, mostListed), ...(rest > 0 ? [`and ${rest} more`] : [])].join(between);
}
