import type { Command } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { sentenceEnd, shorten } from "../domain/text.ts";
import { askForMore, hearOfBudget, raiseGate } from "./budget.ts";
import { areSettled, enough, hearOfCall, isLate, makeCalls, takeBack, taskOver, withdraw } from "./calls.ts";
import { inItsPlace, noTime } from "./limit.ts";
import { goOn, playbookOf } from "./playbook.ts";
import type { Thinking } from "./specialist.ts";
import type { Progress, Talk, TaskContext, TaskEvent, TaskPhase, Tools } from "./task.ts";
import { TurnAnswered, type TurnAsked, turnTool } from "./turn.ts";

type Talking = TaskContext & { readonly talk: Talk };

/** The first question to the model. What came from outside with the task is read by it at once. */
export function beginTalk(specialist: Thinking, task: TaskContext): Progress {
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
export function hear(specialist: Thinking, task: Talking, event: TaskEvent, tools: Tools): Progress {
  const { talk } = task;
  const turn = turnOf(talk);
  const asked = task.phase === "thinking" || task.phase === "reporting";
  if (event.type === "message")
    return { context: { ...task, talk: { ...talk, heard: [...talk.heard, messageOf(event)] } }, commands: [] };
  if (event.type === "time.short")
    return before(endTalk(task, inItsPlace), withoutModel(specialist, task, noTime, tools));
  if ("step" in event && event.step === turn.step) {
    if (!asked || !("generation" in event) || event.generation !== talk.generation)
      return { context: task, commands: [] };
    if (event.type === "effect.done") return answered(specialist, task, event.output, tools);
    if (event.type === "effect.failed")
      return withoutModel(specialist, task, `the model could not be asked: ${event.error.message}`, tools, true);
    return { context: task, commands: [] };
  }
  if (task.phase === "overBudget") return onBudget(specialist, task, event, tools);
  if (event.type === "gate.opened" && isLate(talk, event.gate))
    return { context: task, commands: [takeBack(event.gate, enough)] };
  const called = hearOfCall(specialist, talk, event, tools);
  return called === null
    ? { context: task, commands: [] }
    : onwards(specialist, task, called.talk, called.commands, tools);
}

/** What the model and its calls have set up and is no longer wanted. */
export function endTalk({ phase, talk }: Talking, because = taskOver): Command[] {
  return phase === "overBudget" ? [takeBack(raiseGate(talk), because)] : withdraw(talk, because);
}

function turnOf(talk: Talk): { step: string; number: number } {
  const number = talk.turns.length + 1;
  return { step: `turn-${number}`, number };
}

function messageOf({ from, text }: { readonly from: string; readonly text: string }): string {
  return `${from}: ${text}`;
}

/** Asks for the model's next move, with all that came since the last. */
function ask(specialist: Thinking, task: Talking): Progress {
  const turns = task.talk.turns.map((turn, i, all) =>
    i === all.length - 1 ? { ...turn, heard: [...turn.heard, ...task.talk.heard] } : turn,
  );
  // A message that comes before the model has said anything waits until it has.
  const heard = turns.length === 0 ? task.talk.heard : [];
  const isHeard = turns.length > 0 && task.talk.heard.length > 0;
  const talk: Talk = { ...task.talk, turns, heard, tainted: task.talk.tainted || isHeard };
  const { step, number } = turnOf(talk);
  const last = number >= specialist.model.maxTurns;
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

function answered(specialist: Thinking, task: Talking, output: Json, tools: Tools): Progress {
  const read = TurnAnswered.safeParse(output);
  if (!read.success) return withoutModel(specialist, task, "the model's answer could not be read", tools);
  const answer = read.data;
  const isPaid = "usd" in answer && answer.kind !== "over-budget";
  const paid = isPaid ? { ...task.talk, usd: task.talk.usd + answer.usd, call: answer.call } : task.talk;
  const { number } = turnOf(paid);
  switch (answer.kind) {
    case "calls": {
      if (number >= specialist.model.maxTurns)
        return withoutModel(
          specialist,
          task,
          `the model did not report within ${specialist.model.maxTurns} turns`,
          tools,
        );
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
      const error = `This is not the report asked for: ${sentenceEnd(shorten(wrong.join("; "), 600))} Report again.`;
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
  specialist: Thinking,
  task: Talking,
  talk: Talk,
  results: TurnAsked["turns"][number]["results"],
  because: string,
  tools: Tools,
): Progress {
  const isLast = turnOf(talk).number >= specialist.model.maxTurns;
  if (isLast || talk.told > 0) return withoutModel(specialist, { ...task, talk }, because, tools);
  const turn = { call: talk.call, results, heard: [] };
  return ask(specialist, {
    ...task,
    talk: { ...talk, generation: 1, told: talk.told + 1, turns: [...talk.turns, turn] },
  });
}

/** With every call answered the model hears of it; otherwise the task waits for what is on its way, or for people. */
function onwards(
  specialist: Thinking,
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

/** What people answer about the budget: with more of it the same question is asked again. */
function onBudget(specialist: Thinking, task: Talking, event: TaskEvent, tools: Tools): Progress {
  const heard = hearOfBudget(specialist, task, event);
  if (heard.kind === "waits") return heard;
  if (heard.kind === "raised") return ask(specialist, { ...task, talk: heard.talk });
  const because = `the model budget is used up. ${heard.because}`;
  return before(heard.commands, withoutModel(specialist, task, because, tools));
}

function before(commands: readonly Command[], next: Progress): Progress {
  return { context: next.context, commands: [...commands, ...next.commands] };
}

function done(task: Talking, output: Json): Progress {
  const event = { type: "task.done", task: task.id, output };
  return {
    context: { ...task, phase: "done" },
    commands: [{ type: "tell", params: { id: "answer", to: "parent", event } }],
  };
}

/** The model is of no more use: the playbook does what it can, or the task fails; `retryable` where a later one may find a model. */
function withoutModel(specialist: Thinking, task: Talking, because: string, tools: Tools, retryable = false): Progress {
  const playbook = playbookOf(specialist, task.task);
  if (playbook !== null) return goOn(playbook, { ...task, instead: because }, tools);
  const error = `${capital(because).replace(/\.$/, "")}, and ${specialist.name} has no way to do this without one`;
  return { context: { ...task, phase: "failed", error, retryable }, commands: [] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
