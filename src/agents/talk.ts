import type { Command, Open } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { together } from "../workflow/index.ts";
import { areSettled, deniedBy, enough, hearOfCall, isLate, makeCalls, takeBack, taskOver, withdraw } from "./calls.ts";
import { goOn, playbookOf } from "./playbook.ts";
import type { Specialist } from "./specialist.ts";
import type { Progress, Talk, TaskContext, TaskEvent, TaskPhase, Tools } from "./task.ts";
import { type Raise, raiseTool, TurnAnswered, type TurnAsked, turnTool } from "./turn.ts";

type Talking = TaskContext & { readonly talk: Talk };

/** The first question to the model. What came from outside with the task is read by it at once. */
export function beginTalk(specialist: Specialist, task: TaskContext): Progress {
  const talk: Talk = {
    turns: [],
    generation: 1,
    heard: task.heard ?? [],
    tainted: (task.tainted ?? []).length > 0,
    call: "",
    calls: [],
    ids: [],
    made: {},
    told: 0,
    raise: null,
    usd: 0,
  };
  return ask(specialist, { ...task, talk });
}

/** One event while a model works on the task. Nothing it says is done but by our own rules. */
export function hear(specialist: Specialist, task: Talking, event: TaskEvent, tools: Tools): Progress {
  const { talk } = task;
  const turn = turnOf(talk);
  const asked = task.phase === "thinking" || task.phase === "reporting";
  if (event.type === "message")
    return { context: { ...task, talk: { ...talk, heard: [...talk.heard, messageOf(event)] } }, commands: [] };
  if ("step" in event && event.step === turn.step) {
    if (!asked || !("generation" in event) || event.generation !== talk.generation)
      return { context: task, commands: [] };
    if (event.type === "effect.done") return answered(specialist, task, event.output, tools);
    if (event.type === "effect.failed")
      return withoutModel(specialist, task, `the model could not be asked: ${event.error.message}`, tools, true);
    return { context: task, commands: [] };
  }
  if (task.phase === "overBudget") return hearOfBudget(specialist, task, event, tools);
  if (event.type === "gate.opened" && isLate(talk, event.gate))
    return { context: task, commands: [takeBack(event.gate, enough)] };
  const called = hearOfCall(specialist, talk, event, tools);
  return called === null
    ? { context: task, commands: [] }
    : onwards(specialist, task, called.talk, called.commands, tools);
}

/** What the model and its calls have set up and is no longer wanted. */
export function endTalk({ phase, talk }: Talking): Command[] {
  if (phase !== "overBudget") return withdraw(talk);
  return [takeBack(raiseOf(talk).gate, taskOver)];
}

function turnOf(talk: Talk): { step: string; number: number } {
  const number = talk.turns.length + 1;
  return { step: `turn-${number}`, number };
}

function messageOf({ from, text }: { readonly from: string; readonly text: string }): string {
  return `${from}: ${text}`;
}

/** Asks for the model's next move, with all that came since the last. */
function ask(specialist: Specialist, task: Talking): Progress {
  const turns = task.talk.turns.map((turn, i, all) =>
    i === all.length - 1 ? { ...turn, heard: [...turn.heard, ...task.talk.heard] } : turn,
  );
  // A message that comes before the model has said anything waits until it has.
  const heard = turns.length === 0 ? task.talk.heard : [];
  const isHeard = turns.length > 0 && task.talk.heard.length > 0;
  const talk: Talk = { ...task.talk, turns, heard, tainted: task.talk.tainted || isHeard };
  const { step, number } = turnOf(talk);
  const last = number >= specialist.maxTurns;
  const { task: name, input } = task;
  const { earlier } = talk;
  const asked: TurnAsked = { specialist: specialist.name, task: name, input, turns, ...(earlier && { earlier }), last };
  const perform: Command = {
    type: "perform",
    params: {
      id: `${step}#${talk.generation}`,
      step,
      generation: talk.generation,
      tool: turnTool,
      args: asked as unknown as JsonObject,
      gate: null,
    },
  };
  return { context: { ...task, talk, phase: last || talk.told > 0 ? "reporting" : "thinking" }, commands: [perform] };
}

function answered(specialist: Specialist, task: Talking, output: Json, tools: Tools): Progress {
  const read = TurnAnswered.safeParse(output);
  if (!read.success) return withoutModel(specialist, task, "the model's answer could not be read", tools);
  const answer = read.data;
  const isPaid = "usd" in answer && answer.kind !== "over-budget";
  const paid = isPaid ? { ...task.talk, usd: task.talk.usd + answer.usd, call: answer.call } : task.talk;
  const { number } = turnOf(paid);
  switch (answer.kind) {
    case "calls": {
      if (number >= specialist.maxTurns)
        return withoutModel(specialist, task, `the model did not report within ${specialist.maxTurns} turns`, tools);
      const called = makeCalls(specialist, task, { ...paid, calls: [] }, answer.calls, answer.text, tools);
      return onwards(specialist, task, called.talk, called.commands, tools);
    }
    case "report": {
      const given = specialist.tasks[task.task];
      const report = given?.report.safeParse(answer.report);
      const unfit = report?.success ? (given?.check?.(task.input, report.data) ?? null) : null;
      if (report?.success && unfit === null) return done({ ...task, talk: paid }, report.data);
      const issues = (report?.error?.issues ?? []).map(
        ({ path, message }) => `${path.join(".") || "report"}: ${message}`,
      );
      const wrong = unfit === null ? issues : [unfit];
      const error = `This is not the report asked for: ${wrong.join("; ").slice(0, 600)}. Report again.`;
      const results = [{ id: answer.id, tool: "report", error }];
      return tellOnce(specialist, task, paid, results, "the model's report was not what was asked for", tools);
    }
    case "spoke":
      return tellOnce(specialist, task, paid, [], "the model did not report", tools);
    case "refused":
      return withoutModel(specialist, { ...task, talk: paid }, "the model refused", tools);
    case "cut":
      return withoutModel(specialist, { ...task, talk: paid }, "the model's answer was cut off", tools);
    case "unavailable":
      return withoutModel(specialist, task, answer.because, tools, true);
    case "over-budget":
      return askForMore(specialist, task, answer);
  }
}

/** Its answer was no use: it is told so once, and asked again while it has turns left. */
function tellOnce(
  specialist: Specialist,
  task: Talking,
  talk: Talk,
  results: TurnAsked["turns"][number]["results"],
  because: string,
  tools: Tools,
): Progress {
  const isLast = turnOf(talk).number >= specialist.maxTurns;
  if (isLast || talk.told > 0) return withoutModel(specialist, { ...task, talk }, because, tools);
  const turn = { call: talk.call, results, heard: [] };
  return ask(specialist, {
    ...task,
    talk: { ...talk, generation: 1, told: talk.told + 1, turns: [...talk.turns, turn] },
  });
}

/** With every call answered the model hears of it; otherwise the task waits for what is on its way, or for people. */
function onwards(
  specialist: Specialist,
  task: Talking,
  talk: Talk,
  commands: readonly Command[],
  tools: Tools,
): Progress {
  if (!areSettled(talk)) {
    const phase: TaskPhase = talk.calls.some((call) => call.state === "running") ? "acting" : "waiting";
    return { context: { ...task, talk, phase }, commands };
  }
  const results = talk.calls.map(({ id, tool, output, error }) => ({
    id,
    tool,
    ...(error === undefined ? { output: output ?? null } : { error }),
  }));
  const turn = { call: talk.call, results, heard: [] };
  // What a tool or a person answered is somebody's word; what we refuse ourselves is not.
  const tainted =
    talk.tainted || talk.calls.some((call) => call.own !== true && tools.get(call.tool)?.trusted !== true);
  const next = ask(specialist, {
    ...task,
    talk: { ...talk, tainted, generation: 1, calls: [], turns: [...talk.turns, turn] },
  });
  return { context: next.context, commands: [...commands, ...next.commands] };
}

type OverBudget = Extract<TurnAnswered, { kind: "over-budget" }>;

/** The next answer may cost more than is left: people are asked whether to go on. */
function askForMore(specialist: Specialist, task: Talking, answer: OverBudget): Progress {
  const { cap, spentUsd, capUsd, needsUsd = 0, usd = 0, call } = answer;
  const needs = Math.ceil(needsUsd * 100) / 100;
  const raise: Raise = { scope: cap, usd: Math.max(specialist.budgetUsd, needs) };
  const { change: _, earlier = [], ...before } = task.talk;
  const talk: Talk = { ...before, usd: before.usd + usd, ...(call && { earlier: [...earlier, call] }), raise };
  const least = needs === 0 ? "" : `, and its next answer may need ${usdText(needs)} more`;
  const title = `Let the agent ${specialist.name} go on: ${usdText(spentUsd)} of ${usdText(capUsd)} of the model budget (${cap}) are spent${least}`;
  return {
    context: { ...task, talk, phase: "overBudget" },
    commands: [{ type: "open", params: { ...openOf(talk, raise), title } }],
  };
}

/** Somebody who may allow it changed how much: that is what is asked now. */
function askForOther(
  task: Talking,
  { change, vote }: Extract<TaskEvent, { type: "gate.superseded" }>,
): Progress | null {
  const { raise, generation } = task.talk;
  const edits = change?.edits[raiseOf(task.talk).step];
  if (raise === null || change === undefined || edits === undefined) return null;
  const wanted = { ...raise, ...edits } as Raise;
  const all = together(task.talk.change, change);
  const talk: Talk = { ...task.talk, raise: wanted, change: all, generation: generation + 1 };
  const { barred, floor, changed: by = [] } = all;
  const title = `Let the model budget (${wanted.scope}) be ${usdText(wanted.usd)} more`;
  const params = {
    ...openOf(talk, wanted),
    title,
    barred,
    floor,
    ...(by.length > 0 && { changed: by }),
    ...(vote !== undefined && { vote }),
  };
  return { context: { ...task, talk }, commands: [{ type: "open", params }] };
}

function openOf(talk: Talk, raise: Raise): Pick<Open, "id" | "covers"> {
  const { step, gate } = raiseOf(talk);
  return { id: gate, covers: [{ step, generation: talk.generation, tool: raiseTool, args: raise, tainted: [] }] };
}

/** What people answer about the budget: with more of it the same question is asked again. */
function hearOfBudget(specialist: Specialist, task: Talking, event: TaskEvent, tools: Tools): Progress {
  const { talk } = task;
  const { step, gate } = raiseOf(talk);
  const { generation } = talk;
  const stop = (because: string) => withoutModel(specialist, task, `the model budget is used up. ${because}`, tools);
  if ("gate" in event && event.gate === gate) {
    if (event.type === "gate.denied") return stop(deniedBy(event.by, event.reason));
    if (event.type === "gate.superseded")
      return askForOther(task, event) ?? stop("What was to be allowed changed after it was approved");
    if (event.type === "gate.expired") return stop("Nobody raised it in time");
    if (event.type === "gate.opened" || talk.raise === null) return { context: task, commands: [] };
    const params = { id: `${step}#${generation}`, step, generation, tool: raiseTool, args: talk.raise, gate };
    return { context: { ...task, talk: { ...talk, raising: true } }, commands: [{ type: "perform", params }] };
  }
  if (talk.raising && "step" in event && event.step === step) {
    const { raising: _, ...before } = talk;
    if (event.type === "effect.done")
      return ask(specialist, { ...task, talk: { ...before, raise: null, generation: generation + 1 } });
    if (event.type === "effect.failed") return stop(event.error.message);
  }
  return { context: task, commands: [] };
}

function raiseOf(talk: Talk): { step: string; gate: string } {
  const step = `raise-${turnOf(talk).number}`;
  return { step, gate: `${step}?${talk.generation}` };
}

function done(task: Talking, output: Json): Progress {
  const event = { type: "task.done", task: task.id, output };
  return {
    context: { ...task, phase: "done" },
    commands: [{ type: "tell", params: { id: "answer", to: "parent", event } }],
  };
}

/** The model is of no more use: the playbook does what it can, or the task fails; `retryable` where a later one may find a model. */
function withoutModel(
  specialist: Specialist,
  task: Talking,
  because: string,
  tools: Tools,
  retryable = false,
): Progress {
  const playbook = playbookOf(specialist, task.task);
  if (playbook !== null) return goOn(playbook, { ...task, instead: because }, tools);
  const error = `${capital(because).replace(/\.$/, "")}, and ${specialist.name} has no way to do this without one`;
  return { context: { ...task, phase: "failed", error, retryable }, commands: [] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function usdText(usd: number): string {
  return `${usd.toFixed(2)} USD`;
}
