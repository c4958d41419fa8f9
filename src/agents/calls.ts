import type { Command, FirstVote } from "../domain/command.ts";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { type AnyTool, riskOf } from "../domain/tool.ts";
import { together } from "../workflow/index.ts";
import { judge, type Wish } from "./judge.ts";
import type { Specialist } from "./specialist.ts";
import { taintedArgs } from "./taint.ts";
import type { Call, Talk, TaskContext, TaskEvent, Tools } from "./task.ts";

/** How often people are asked about one call, when what they approved has changed before it could run. */
const mostAsked = 2;
/** After so many questions that people denied or left unanswered a task asks no more. */
const mostDenied = 3;
const longestTitle = 160;
const longestReason = 280;

/** The calls of a talk after something happened to them, and what that asks for. */
export interface Called {
  readonly talk: Talk;
  readonly commands: readonly Command[];
}

/**
 * Judges what the model wants, by our rules alone: a call it may not make is answered with an error and nothing runs; what
 * only reads runs at once; everything else is put to people first, and a policy may say that nobody has to be asked.
 */
export function makeCalls(
  specialist: Specialist,
  task: TaskContext,
  talk: Talk,
  wishes: readonly Wish[],
  text: string,
  tools: Tools,
): Called {
  const turn = talk.turns.length + 1;
  return wishes.reduce<{ talk: Talk; commands: Command[] }>(
    (so, wish, index) => {
      const step = `t${turn}c${index + 1}`;
      const judged = judge(specialist, so.talk, wish, index, tools);
      const base = { id: wish.id, step, tool: wish.tool, args: wish.args, asked: 0 };
      const ids = [...so.talk.ids, wish.id];
      if ("error" in judged) {
        const call: Call = { ...base, tainted: [], state: "settled", error: judged.error, own: true };
        return { talk: { ...so.talk, ids, calls: [...so.talk.calls, call] }, commands: so.commands };
      }
      const tainted = talk.tainted ? taintedArgs(judged.tool, judged.args, task) : [];
      const made = { ...so.talk.made, [judged.alike]: (so.talk.made[judged.alike] ?? 0) + 1 };
      const fresh: Call = { ...base, tainted, state: "running" };
      const reads = riskOf(judged.tool, judged.args, tainted) === "read";
      if (!reads && (so.talk.denied ?? 0) >= mostDenied) {
        const call: Call = { ...fresh, state: "settled", error: tiresome, own: true };
        return { talk: { ...so.talk, ids, made, calls: [...so.talk.calls, call] }, commands: so.commands };
      }
      const { call, command } = reads
        ? { call: fresh, command: performOf(fresh) }
        : ask(specialist, judged.tool, fresh, text);
      return {
        talk: { ...so.talk, ids, made, calls: [...so.talk.calls, call] },
        commands: [...so.commands, command],
      };
    },
    { talk, commands: [] },
  );
}

/** Whether every call has its result. */
export function areSettled(talk: Talk): boolean {
  return talk.calls.every((call) => call.state === "settled");
}

/** What an event does to the calls under way; null when it is about none of them. */
export function hearOfCall(specialist: Specialist, talk: Talk, event: TaskEvent, tools: Tools): Called | null {
  switch (event.type) {
    case "effect.done":
      return change(talk, byStep(event), (call) => ({ call: { ...call, state: "settled", output: event.output } }));
    case "effect.failed":
      return change(talk, byStep(event), (call) => ({
        call: { ...call, state: "settled", error: event.error.message },
      }));
    case "effect.inDoubt":
      return change(talk, byStep(event), (call) => ({ call: { ...call, state: "doubt" } }));
    case "gate.opened":
      return change(talk, byGate(event), (call) => ({ call }));
    case "gate.waived":
    case "gate.approved":
      return change(talk, byGate(event), (call) =>
        call.state === "asked"
          ? { call: { ...call, state: "running" }, command: performOf({ ...call, state: "running" }) }
          : { call },
      );
    case "gate.denied":
      if (event.unasked) return change(talk, byGate(event), (call) => refuse(call, deniedBy(event.by, event.reason)));
      return turnedDown(talk, event, deniedBy(event.by, event.reason));
    case "gate.expired":
      return turnedDown(talk, event, "Nobody answered in time, so it was not done.");
    case "gate.superseded":
      if (event.change !== undefined) return changed(specialist, talk, event, tools);
      return change(talk, byGate(event), (call) => {
        const tool = tools.get(call.tool);
        if (tool === undefined || call.asked >= mostAsked)
          return {
            call: {
              ...call,
              state: "settled",
              error: "What it would act on keeps changing after it was approved, so it was not done.",
            },
          };
        return ask(specialist, tool, call, "");
      });
    default:
      return null;
  }
}

/** Why nobody needs to answer what a task asked besides. */
export const enough = "enough of its questions were turned down";
const tiresome = `Not asked: people turned down ${mostDenied} of your questions, so nobody is asked about anything more. Go on with what you may do without asking, or report.`;

/** A question that came to nothing. With the last one that may, those that are open are taken back. */
function turnedDown(talk: Talk, event: { readonly gate: string }, because: string): Called | null {
  if (!talk.calls.some((call) => byGate(event)(call) && call.state === "asked")) return null;
  const called = change({ ...talk, denied: (talk.denied ?? 0) + 1 }, byGate(event), (call) => refuse(call, because));
  if (called === null || (called.talk.denied ?? 0) < mostDenied) return called;
  const calls = called.talk.calls.map((call): Call => (call.state === "asked" ? refuse(call, tiresome).call : call));
  return { talk: { ...called.talk, calls }, commands: withdraw(called.talk, enough) };
}

/** Somebody who may approve a call changed it: that is what is asked now, and the model hears of it. */
function changed(
  specialist: Specialist,
  talk: Talk,
  event: Extract<TaskEvent, { type: "gate.superseded" }>,
  tools: Tools,
): Called | null {
  const { change: made } = event;
  const asked = talk.calls.find((call) => byGate(event)(call) && call.state === "asked");
  const edits = asked && made?.edits[asked.step];
  if (asked === undefined || made === undefined || edits === undefined) return null;
  const heard = `${nameOf(event.by)} changed ${asked.tool} before anybody approved it: ${canonical(edits)}`;
  return change({ ...talk, heard: [...talk.heard, heard] }, byGate(event), (call) => {
    const tool = tools.get(call.tool);
    const args = { ...(call.args as JsonObject), ...edits };
    if (tool?.params.safeParse(args).success !== true)
      return { call: { ...call, state: "settled", error: "It was changed to what the tool does not take." } };
    const now = { ...call, args, change: together(call.change, made) };
    return ask(specialist, tool, now, "", event.vote);
  });
}

/** "Denied by Ben: too busy now.": why something was not done. */
export function deniedBy(by: Json, reason: string): string {
  return `Denied by ${nameOf(by)}: ${reason.trim() || "no reason given"}`;
}

function nameOf(by: Json | undefined): string {
  return typeof by === "string" && by !== "" ? by : "somebody";
}

/** Why nobody needs to answer what a task has asked. */
export const taskOver = "the task that wanted it is over";

/** Takes back the questions that wait for people. */
export function withdraw(talk: Talk, because = taskOver): Command[] {
  return talk.calls.filter((call) => call.state === "asked").map((call) => takeBack(gateOf(call), because));
}

/** Whether people are asked a question that the task no longer has: it was taken back before it was there. */
export function isLate(talk: Talk, gate: string): boolean {
  return !talk.calls.some((call) => call.state === "asked" && gateOf(call) === gate);
}

export function takeBack(gate: string, because: string): Command {
  return { type: "tell", params: { id: `withdraw:${gate}`, to: gate, event: { type: "withdraw", because } } };
}

function performOf(call: Call): Command {
  return {
    type: "perform",
    params: {
      id: `${call.step}#1`,
      step: call.step,
      generation: 1,
      tool: call.tool,
      args: call.args as JsonObject,
      gate: call.asked === 0 ? null : gateOf(call),
      ...(call.tainted.length > 0 && { tainted: call.tainted }),
    },
  };
}

function ask(
  specialist: Specialist,
  tool: AnyTool,
  before: Call,
  text: string,
  vote?: FirstVote,
): { call: Call; command: Command } {
  const call: Call = { ...before, state: "asked", asked: before.asked + 1 };
  const { step, args, tainted } = call;
  const { barred = [], floor = [], changed: by = [] } = call.change ?? {};
  const does = oneLine(tool.describe(tool.params.parse(args)), longestTitle);
  const says = oneLine(text, longestReason);
  return {
    call,
    command: {
      type: "open",
      params: {
        id: gateOf(call),
        title: `${does} (wanted by the agent ${specialist.name})`,
        covers: [{ step, generation: 1, tool: call.tool, args: args as JsonObject, tainted }],
        ...(says !== "" && { says }),
        ...(barred.length > 0 && { barred }),
        ...(floor.length > 0 && { floor }),
        ...(by.length > 0 && { changed: by }),
        ...(vote !== undefined && { vote }),
      },
    },
  };
}

function gateOf({ step, asked }: Call): string {
  return `${step}?${asked}`;
}

function refuse(call: Call, error: string): { call: Call } {
  return { call: call.state === "asked" ? { ...call, state: "settled", error } : call };
}

const byStep = (event: { readonly step: string }) => (call: Call) =>
  call.step === event.step && call.state !== "settled";
const byGate = (event: { readonly gate: string }) => (call: Call) =>
  call.asked > 0 && gateOf(call) === event.gate && call.state !== "settled";

function change(
  talk: Talk,
  isMeant: (call: Call) => boolean,
  become: (call: Call) => { readonly call: Call; readonly command?: Command },
): Called | null {
  const at = talk.calls.findIndex(isMeant);
  const was = talk.calls[at];
  if (was === undefined) return null;
  const { call, command } = become(was);
  return { talk: { ...talk, calls: talk.calls.with(at, call) }, commands: command ? [command] : [] };
}

function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}
