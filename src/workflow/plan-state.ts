import type { Command, FirstVote, Note } from "../domain/command.ts";
import { shortId } from "../domain/ids.ts";
import type { ChannelPlace } from "../domain/incoming.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Audiences } from "./audience.ts";
import type { Definition } from "./definition.ts";
import type { Scope } from "./references.ts";

export type StepName = "pending" | "running" | "waiting" | "done" | "failed" | "skipped" | "cancelled";

/** Where one step is. `generation` rises only when a person says "do it again", `attempt` with every try. */
export type StepState = {
  readonly state: StepName;
  readonly generation: number;
  readonly attempt: number;
  /**
   * Why a tool or agent step waits: for its next try, for its next look, for a person to say whether it happened, or how it is
   * to go on when nobody could do it.
   */
  readonly waitsFor?: "retry" | "look" | "answer" | "help";
  /** Of an agent step: who has it, when that is not the first who can; and how often it has changed hands. */
  readonly by?: string;
  readonly hand?: number;
  /** Who had it before and could not do it, also in older generations; and who had no seat. */
  readonly tried?: readonly Tried[];
  readonly full?: readonly string[];
  /** The person who does by hand what no specialist could. */
  readonly taker?: string;
  /** Of a step that repeats: how often it has looked. */
  readonly looks?: number;
  readonly output?: Json;
  readonly error?: string;
};

/** A specialist that could not do a step: `task` is its task's id, `known` a sentence on what it had found out. */
export type Tried = {
  readonly specialist: string;
  readonly generation: number;
  readonly task: string;
  readonly error: string;
  readonly known?: string;
};

/** The state of a whole run in one word. */
export type Phase = "pending" | "running" | "waiting" | "compensating" | "completed" | "failed" | "cancelled";

/** What a run begins with. */
export type PlanInput = {
  readonly runId: string;
  /** Any text of the run's own; retry delays are spread by it. */
  readonly seed: string;
  readonly title: string;
  readonly requester: { readonly id: string; readonly name: string };
  readonly input: JsonObject;
  /** Why, in the requester's words: shown to people, and read by no step. */
  readonly reason?: string;
  /** When it was asked for, ISO, and in which channel. Runs begun by an older Steward have neither. */
  readonly at?: string;
  readonly place?: ChannelPlace;
  /** The account it was asked from. */
  readonly account?: string;
  /** What a system told, for a run that began with it: then and since. All such a run was given came from outside. */
  readonly event?: JsonObject;
};

/** A run's whole memory. */
export type PlanContext = PlanInput & {
  readonly phase: Phase;
  readonly steps: Readonly<Record<string, StepState>>;
  /** A step failed for good: nothing new begins, and what runs is waited for. */
  readonly stopping: boolean;
  /** Why it was cancelled, as a sentence for the requester. */
  readonly because?: string;
  /** Of a request in several parts, those that go no further. */
  readonly halted?: Readonly<Record<string, Halt>>;
  /** What people changed while they approved, by the approve step. */
  readonly changes?: Readonly<Record<string, Change>>;
};

/** How a run, or one part of it, goes no further: a step failed for good, or it was ended (`because`, a sentence), or both. */
export type Halt = { readonly stopping: boolean; readonly because: string | null };

/** What an approve step's people made of what it covers. */
export type Change = {
  /** Arguments by step, in place of what the definition says. */
  readonly edits: Readonly<Record<string, JsonObject>>;
  /** Who may not approve it any more: it became their own wish. */
  readonly barred: readonly string[];
  /** No fewer people of these roles, whatever the policy says of the new arguments. */
  readonly floor: readonly { readonly role: string; readonly count: number }[];
  /** "Cara (for: 2h → 4h)", in order. */
  readonly changed?: readonly string[];
};

/** What another run has come to with the very same call. */
export type Elsewhere = "asked" | "approved" | "done";

/** What comes back to a run or a task of the effects and the questions it asked for. */
export type Answered =
  | { readonly type: "effect.done"; readonly step: string; readonly generation: number; readonly output: Json }
  | { readonly type: "effect.failed"; readonly step: string; readonly generation: number; readonly error: Failure }
  | { readonly type: "effect.inDoubt"; readonly step: string; readonly generation: number }
  | { readonly type: "gate.opened"; readonly gate: string }
  | { readonly type: "gate.approved"; readonly gate: string; readonly by: Json }
  | { readonly type: "gate.expired"; readonly gate: string }
  /** With `change` somebody who may approve it changed it, and `vote` is theirs; without, what it would act on is another. */
  | {
      readonly type: "gate.superseded";
      readonly gate: string;
      readonly by?: Json;
      readonly change?: Change;
      readonly vote?: FirstVote;
    };

/** What a run hears. `by` is a person's name, {id, name}, or a list of these; of what was expected, the id, with the name beside it. */
export type PlanEvent =
  | { readonly type: "begin" }
  | Answered
  | { readonly type: "gate.waived"; readonly gate: string; readonly policy?: Json }
  /** `unasked`: nobody was, and the reason says why; with `step` the call of that step can never run. */
  | {
      readonly type: "gate.denied";
      readonly gate: string;
      readonly by: Json;
      readonly reason: string;
      readonly unasked?: true;
      readonly step?: string;
    }
  /** Another run, R-..., asks for the very same, was allowed it just now, or has done it: nobody needs to answer here. */
  | { readonly type: "gate.elsewhere"; readonly gate: string; readonly run: string; readonly how: Elsewhere }
  | { readonly type: "task.done"; readonly task: string; readonly output: Json }
  /** With `to` it has no seat, and this other specialist has one. */
  | { readonly type: "task.failed"; readonly task: string; readonly error: Failure; readonly to?: string }
  | {
      readonly type: "expected";
      readonly id: string;
      readonly by: Json;
      readonly params: JsonObject;
      readonly name?: string;
      readonly at?: string;
    }
  /** A system told something that concerns this run. */
  | {
      readonly type: "event";
      readonly name: string;
      readonly data: JsonObject;
      readonly by: string;
      readonly at?: string;
    }
  | { readonly type: "step.retry"; readonly step: string; readonly generation: number }
  | { readonly type: "step.repeat"; readonly step: string; readonly generation: number }
  | { readonly type: "repeat.over"; readonly step: string }
  | {
      readonly type: "step.timeout";
      readonly step: string;
      readonly generation: number;
      readonly attempt: number;
      readonly hand?: number;
    }
  | { readonly type: "wait.over"; readonly step: string; readonly generation: number; readonly at?: string }
  | { readonly type: "cancel"; readonly by: Json; readonly reason?: string }
  | { readonly type: "again"; readonly step?: string; readonly by?: Json };

/** `known` is a sentence on what was found out before; `ended`: a person ended it, so nobody else is to do it either. */
export type Failure = {
  readonly message: string;
  readonly retryable: boolean;
  readonly known?: string;
  readonly ended?: true;
};

/** One turn while it is worked out: the steps as they become, and what is asked for on the way. */
export interface Draft {
  readonly definition: Definition;
  readonly run: PlanContext;
  readonly steps: Record<string, StepState>;
  readonly commands: Command[];
  /** Whether what a tool answers is known to hold nothing from outside. */
  readonly trusted: Trusted;
  /** Where only the tool that sends to an audience writes. */
  readonly audiences: Audiences;
  event: JsonObject | null;
  stopping: boolean;
  because: string | null;
  readonly halted: Record<string, Halt>;
  changes: Readonly<Record<string, Change>>;
  /** Who approves what they changed, with the very turn that asks for it. */
  vote: FirstVote | null;
}

/** Tools by name whose results hold only what Steward or its configuration wrote. */
export type Trusted = (tool: string) => boolean;

/** A run before its first event: every step pending. */
export function planContext(definition: Definition, input: PlanInput): PlanContext {
  const steps = Object.fromEntries(
    definition.steps.map((step) => [step.id, { state: "pending", generation: 1, attempt: 0 } satisfies StepState]),
  );
  return { ...input, phase: "pending", stopping: false, steps };
}

/** What references read in this run now. Steps without an output read as null. */
export function scopeOf(
  definition: Definition,
  run: PlanInput,
  steps: Readonly<Record<string, StepState>>,
  event: JsonObject | null = run.event ?? null,
): Scope {
  const outputs: Record<string, Json> = {};
  for (const [id, step] of Object.entries(steps)) if (step.output !== undefined) outputs[id] = step.output;
  return {
    input: run.input,
    requester: run.requester,
    outputs,
    durations: definition.durations,
    event,
    run: { short: shortId(run.runId), title: run.title },
  };
}

/** Who reads what a run says in its thread: everybody there, or whoever asked alone, on the account they asked from. */
export function readersOf({ alone }: Pick<Definition, "alone">, run: PlanInput): Pick<Note, "privateTo" | "account"> {
  if (!alone) return {};
  return { privateTo: run.requester.id, ...(run.account !== undefined && { account: run.account }) };
}

/** The id of a step's `perform` and `open`, and of a task's first try: it changes when a person says "do it again". */
export function wishId(id: string, step: StepState): string {
  return `${id}#${step.generation}`;
}

/** A task is a new actor with every try and in every hand. */
export function taskId(id: string, step: StepState): string {
  const hand = step.hand === undefined ? "" : `~${step.hand}`;
  return `${wishId(id, step)}${step.attempt <= 1 ? "" : `.${step.attempt}`}${hand}`;
}

/** The same, as it is in the middle of a turn. */
export function draftScope({ definition, run, steps, event }: Draft): Scope {
  return scopeOf(definition, run, steps, event);
}

/** One change after another: the newest arguments, everybody who is barred, and the most that was ever demanded. */
export function together(
  before: Change = { edits: {}, barred: [], floor: [] },
  { edits, barred, floor, changed = [] }: Change,
): Change {
  const steps = new Set([...Object.keys(before.edits), ...Object.keys(edits)]);
  return {
    edits: Object.fromEntries([...steps].map((id) => [id, { ...before.edits[id], ...edits[id] }])),
    barred: [...new Set([...before.barred, ...barred])],
    ...((before.changed ?? changed).length > 0 && { changed: [...(before.changed ?? []), ...changed] }),
    floor: [
      ...floor,
      ...before.floor.filter(({ role, count }) => !floor.some((now) => now.role === role && now.count >= count)),
    ],
  };
}
