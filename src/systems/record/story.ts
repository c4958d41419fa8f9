import { canonical, type Json, type JsonObject } from "../../domain/json.ts";
import { reasonGiven } from "../../gates/gates.ts";
import type { AuditLine, Beside, GateView, Happening, Run, RunEffect, RunStep } from "../../http/reads.ts";

import { answeredIn, type Closing, closingOf } from "./closing.ts";

/** What tells people something: not what was done about a matter. */
const sending = "messages.send";
const writers = ["communication", "documentation"];

/** What a call does in words, its arguments given as JSON; null: nobody knows. */
export type InWords = (tool: string, args: string) => string | null;

/** What happened in a run in order, from its audit stream, its gates and the bodies that were not erased. Pure. */
export function storyOf(run: Run, inWords: InWords): Happening[] {
  const heard = run.timeline.flatMap((line) => hear(run, line, inWords));
  const gates = run.gates.flatMap(judged);
  const closed = closingOf(run);
  const watched = run.steps.flatMap((step) => watchedBy(step, closed));
  const beside = (run.beside ?? []).flatMap((one) => besideIn(one, inWords));
  const told = run.service === null ? "" : textOf(run.input["summary"]);
  const reason = run.reason === null ? told : `Reason: ${reasonGiven(run.reason, askerOf(run))}`;
  const asked = plain(run.createdAt, "asked", `${askerOf(run)} asked: ${run.title}`);
  const all: Happening[] = [
    reason === "" ? asked : { ...asked, details: [reason] },
    ...[...heard, ...gates, ...watched, ...beside].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  ];
  if (run.endedAt !== null) all.push(plain(run.endedAt, "ended", `The run ended: ${run.error ?? run.state}`));
  return all;
}

/** What has not been done yet, and who is waited for. */
export function openEnds(run: Run, inWords: InWords): string[] {
  const asked = run.gates
    .filter(({ state }) => state === "open")
    .sort((a, b) => Number(isSaying(a.actions)) - Number(isSaying(b.actions)))
    .map(({ actions, approvers }) => `${describe(actions)}: waits for approval${approvers ? ` by ${approvers}` : ""}`);
  // Whoever writes this down, and what is done with the page, is not what is left to do.
  const writing = run.steps.findIndex(({ about, state }) => about === "documentation" && state === "running");
  const open = run.steps
    .slice(0, writing < 0 ? run.steps.length : writing)
    .filter(({ state }) => state === "running" || state === "waiting");
  const works = open.filter(({ kind }) => kind === "tool" || kind === "agent");
  const now = works.map((step) => atWork(step, inWords));
  // What only waits beside that matters where there is nothing else, and most what says what it waits for.
  const waits = open.filter(({ kind }) => kind === "wait");
  const said = waits.flatMap(({ says }) => says ?? []);
  const closed = closingOf(run);
  const fires = closed?.fires ? [`The alert still fired when ${closed.name} closed this: nobody watches it here`] : [];
  if (run.done || closed !== null) return [...(run.done ? [] : asked), ...fires];
  if (asked.length + now.length > 0) return [...asked, ...now];
  return said.length > 0 ? said : waits.map(({ id }) => `Waits for “${named(id)}”`);
}

/** A step that is not finished, for people: "Watching (looked 3 times so far): Look at checkout in production". */
function atWork({ id, kind, about, looked, effects }: RunStep, inWords: InWords): string {
  if (kind === "agent") return `The ${about} specialist is at work on “${named(id)}”`;
  const call = effects.at(-1);
  const what = (call && inWords(call.tool, call.args)) ?? `“${named(id)}”`;
  return looked === null ? `Under way: ${what}` : `Watching (looked ${timesIn(looked.times)} so far): ${what}`;
}

function named(id: string): string {
  return id.replaceAll("-", " ");
}

function timesIn(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}

/** Who asked: a person's name, or that of the system which did. */
export function askerOf({ requesterName, requesterId }: Run): string {
  return requesterName ?? requesterId?.replace(/^system:/, "") ?? "An API key";
}

function hear(run: Run, line: AuditLine, inWords: InWords): Happening[] {
  const { at, body } = line;
  const { type, step, task, output = null, error, name, data } = body ?? {};
  switch (type) {
    case "task.done": {
      // What was drafted or written down is no finding.
      if (run.steps.some(({ id, about }) => writers.includes(about) && textOf(task).startsWith(`${id}#`))) return [];
      const summary = textOf(objectOf(output)["summary"]);
      return summary === "" ? [] : [{ at, kind: "found", text: summary, details: evidenceIn(objectOf(output)) }];
    }
    case "effect.done": {
      const effect = run.steps
        .flatMap(({ id, effects }) => (id === step ? effects : []))
        .find(({ risk }) => risk !== "read");
      if (effect === undefined) return [];
      return [doneOf(run, at, effect, inWords)];
    }
    case "effect.failed":
    case "task.failed":
      return [plain(at, "failed", `${textOf(step ?? task)} failed: ${textOf(objectOf(error)["message"])}`)];
    case "expected":
      return answeredIn(run, line);
    case "event": {
      const { status, summary } = objectOf(data);
      return [plain(at, "told", [`${textOf(name)}: ${textOf(status)}`, textOf(summary)].filter(Boolean).join(", "))];
    }
    default:
      return [];
  }
}

function judged({ actions, openedAt, decidedAt, state, votes, context }: GateView): Happening[] {
  // Nobody was asked.
  if (state === "waived") return [];
  const what = describe(actions);
  const about = (kind: Happening["kind"]) => (isSaying(actions) ? "said" : kind);
  const changer = state === "superseded" ? textOf(context["changedBy"]) : "";
  const lapsed = ["expired", "superseded", "withdrawn"].includes(state) && decidedAt !== null;
  return [
    plain(openedAt, about("proposed"), `Asked for approval: ${what}`),
    ...votes.map(({ at, name, decision, reason }) =>
      decision === "approve"
        ? plain(at, about("approved"), `${name} approved: ${what}`)
        : plain(at, about("denied"), `${name} denied${reason ? ` (${reason})` : ""}: ${what}`),
    ),
    ...(lapsed
      ? [
          plain(
            decidedAt,
            about("lapsed"),
            `${changer === "" ? `The question was ${state}` : `${changer} changed it`}: ${what}`,
          ),
        ]
      : []),
  ];
}

/** A step that looked again and again until it saw what it waited for, or until its time was over. */
function watchedBy({ about, state, looked, effects }: RunStep, closed: Closing | null): Happening[] {
  const at = effects.at(-1)?.endedAt;
  if (looked === null || state !== "done" || !at) return [];
  const stopped = closed === null ? "until something else ended it" : `until ${closed.name} closed it`;
  const isSeen = !looked.early && (closed === null || at < closed.at);
  const end = !looked.met ? "and it was not well when the time was over" : isSeen ? "until it was well" : stopped;
  return [plain(at, "watched", `Watched with ${about}: looked ${timesIn(looked.times)}, ${end}`)];
}

/** What another run did in the thread: its words, and whose it was. */
function besideIn({ at, run, by, tool, args }: Beside, inWords: InWords): Happening[] {
  if (tool === sending) return [];
  return [plain(at, "done", `${inWords(tool, args) ?? `${tool} ${args}`} (${run}, asked for by ${by})`)];
}

/** As the approver read it, where somebody was asked; else in its tool's words, with the call. */
function doneOf(run: Run, at: string, { tool, args }: Pick<RunEffect, "tool" | "args">, inWords: InWords): Happening {
  const shown = run.gates
    .flatMap(({ actions }) => actions)
    .find((action) => action.tool === tool && canonical(action.args) === args);
  if (shown !== undefined) return plain(at, tool === sending ? "said" : "done", shown.describes);
  if (tool === sending) {
    const { audience, channel, text } = JSON.parse(args) as JsonObject;
    return plain(at, "said", `Tell ${textOf(audience) || `#${textOf(channel)}`}: ${textOf(text)}`);
  }
  const call = `${tool} ${args}`;
  const words = inWords(tool, args);
  return words === null ? plain(at, "done", call) : { ...plain(at, "done", words), call };
}

function isSaying(actions: GateView["actions"]): boolean {
  return actions.length > 0 && actions.every(({ tool }) => tool === sending);
}

function describe(actions: GateView["actions"]): string {
  return [...new Set(actions.map(({ describes }) => describes))].join("; ");
}

/** The likeliest of the causes that a report names, with what speaks for it. */
function evidenceIn(report: JsonObject): string[] {
  const [first] = Array.isArray(report["causes"]) ? (report["causes"] as readonly Json[]) : [];
  const { evidence } = objectOf(first);
  return Array.isArray(evidence) ? (evidence as readonly Json[]).map(textOf).filter((sentence) => sentence !== "") : [];
}

function plain(at: string, kind: Happening["kind"], text: string): Happening {
  return { at, kind, text, details: [] };
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
