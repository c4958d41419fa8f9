import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { createActor } from "xstate";
import type { Command, MachineEvent } from "../domain/command.ts";
import type { Json, JsonObject } from "../domain/json.ts";

/** A statechart as the kernel runs it. */
export interface DurableMachine {
  /** Rises with every change that a stored snapshot could notice. */
  readonly version: number;
  readonly logic: AnyStateMachine;
  /** Events that may arrive in any state and mean nothing there: late results, timers that lost a race. */
  readonly ignores: readonly string[];
  /** Brings a snapshot of an older version up to this one. Absent: none was ever released that needs it. */
  upgrade?(snapshot: Json, from: number): Json;
  /** What its parent hears when the actor is parked over mail that nothing can come of. Absent: nobody waits for it. */
  parked?(snapshot: Json, because: string): MachineEvent;
}

/** The seven things a machine may emit; everything else is refused when it is loaded and when it is run. */
const reserved = new Set(["perform", "open", "start", "tell", "note"]);
const instead: Record<string, string> = {
  "xstate.spawnChild": "Emit `start` with an id; the actor answers by mail.",
  "xstate.sendTo": "Emit `tell` with the address and the event.",
  "xstate.sendParent": 'Emit `tell` to "parent".',
  "xstate.stopChild": "Tell the actor to stop with `tell`.",
  "xstate.emit": "Emit `note` for people or `tell` for actors.",
};

/**
 * Refuses a statechart that cannot be durable: children, invocations without `perform`, inline actions. Walks the whole
 * configuration, so a state nobody has reached yet is judged too.
 */
export function loadMachine(machine: DurableMachine): DurableMachine {
  const problems: string[] = [];
  for (const node of machine.logic.root ? nodesOf(machine.logic) : []) {
    if (node.type === "history")
      problems.push(`state ${node.id} is a history state: keep what it would remember in the context`);
    if (node.invoke.length > 0)
      problems.push(
        `state ${node.id} invokes ${node.invoke.map((one) => one.id).join(", ")}: emit \`perform\` instead`,
      );
    const actions = [
      ...node.entry,
      ...node.exit,
      ...[...node.transitions.values()].flat().flatMap((each) => each.actions),
    ];
    for (const action of actions) {
      const problem = judge(action as { type?: string; name?: string });
      if (problem) problems.push(`state ${node.id}: ${problem}`);
    }
  }
  if (problems.length > 0)
    throw new TypeError(`Machine ${machine.logic.id} cannot be durable:\n${problems.join("\n")}`);
  return machine;
}

function judge(action: { type?: string; name?: string }): string | null {
  const type = action.type ?? "";
  if (
    type === "xstate.assign" ||
    type === "xstate.enqueueActions" ||
    type === "xstate.raise" ||
    type === "xstate.cancel"
  )
    return null;
  if (reserved.has(type)) return null;
  if (instead[type]) return `${type.slice(7)} is not durable. ${instead[type]}`;
  return `the action ${type || action.name || "(inline function)"} is not one of perform, open, start, tell, note. Inline functions are lost in a crash.`;
}

function nodesOf(logic: AnyStateMachine): AnyStateMachine["root"][] {
  const all: AnyStateMachine["root"][] = [];
  const visit = (node: AnyStateMachine["root"]) => {
    all.push(node);
    for (const child of Object.values(node.states)) visit(child as AnyStateMachine["root"]);
  };
  visit(logic.root);
  return all;
}

const scopes = new WeakMap<AnyStateMachine, AnyActorScope>();
let collect: (action: unknown) => void = () => undefined;

/**
 * One inert scope for each machine, made once. XState's own `transition()` makes one on every call, and with it runs the
 * initial transition again: ten times slower on large machines. A differential test pins the two to each other.
 */
function scopeOf(logic: AnyStateMachine): AnyActorScope {
  const known = scopes.get(logic);
  if (known) return known;
  const self = createActor(logic);
  const scope = {
    self,
    defer: () => undefined,
    id: "",
    logger: () => undefined,
    sessionId: "",
    stopChild: () => undefined,
    system: self.system,
    emit: () => undefined,
    actionExecutor: (action: unknown) => collect(action),
  } as unknown as AnyActorScope;
  scopes.set(logic, scope);
  return scope;
}

export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly commands: readonly Command[];
}

/** The machine's first snapshot for this input, and what its entry asks for. */
export function begin(logic: AnyStateMachine, input: JsonObject): Step {
  return collecting(() => logic.getInitialSnapshot(scopeOf(logic), input) as AnyMachineSnapshot);
}

/** One pure transition. */
export function step(logic: AnyStateMachine, snapshot: AnyMachineSnapshot, event: MachineEvent): Step {
  return collecting(() => logic.transition(snapshot, event, scopeOf(logic)) as AnyMachineSnapshot);
}

/** A stored snapshot as the machine understands it. Throws when it names a state that is no more. */
export function restore(logic: AnyStateMachine, snapshot: unknown): AnyMachineSnapshot {
  // Not restoreSnapshot: it walks the whole context for actor references, which ours never hold. What it does besides,
  // children and history, is refused at load.
  const { value, context, status } = snapshot as { value: never; context: never; status: "active" | "done" };
  return logic.resolveState({ value, context, status }) as AnyMachineSnapshot;
}

/** What is stored: JSON, without what the definition of the machine already says. */
export function persist(
  snapshot: AnyMachineSnapshot,
): { value: unknown; context: unknown; status: string } & Record<string, unknown> {
  return {
    status: snapshot.status,
    value: snapshot.value,
    context: snapshot.context,
    children: {},
    historyValue: {},
    tags: [],
  };
}

/** Whether some state the machine is in takes this event. */
export function takes(snapshot: AnyMachineSnapshot, event: MachineEvent): boolean {
  return snapshot.status === "active" && snapshot.can(event);
}

/** The state in one word, for lists. */
export function stateOf(snapshot: AnyMachineSnapshot): string {
  return typeof snapshot.value === "string" ? snapshot.value : (Object.keys(snapshot.value as object)[0] ?? "");
}

/** Whether the run of this actor is over, for people: a final state, or one marked `meta: { ends: true }`. */
export function hasEnded(snapshot: AnyMachineSnapshot): boolean {
  return (
    snapshot.status === "done" ||
    Object.values(snapshot.getMeta()).some((meta) => (meta as { ends?: boolean } | undefined)?.ends === true)
  );
}

function collecting(run: () => AnyMachineSnapshot): Step {
  const commands: Command[] = [];
  const before = collect;
  collect = (action) => {
    const command = toCommand(action as { type: string; params?: unknown });
    if (command) commands.push(command);
  };
  try {
    const snapshot = run();
    if (snapshot.status === "error") throw snapshot.error;
    return { snapshot, commands };
  } finally {
    collect = before;
  }
}

function toCommand(action: { type: string; params?: unknown }): Command | null {
  if (reserved.has(action.type)) return { type: action.type, params: action.params } as Command;
  if (action.type === "xstate.raise") {
    const raise = action.params as { event: MachineEvent; id?: string; delay?: number };
    // A raise without a delay was consumed by this very transition.
    if (typeof raise.delay !== "number") return null;
    return { type: "timer", params: { id: raise.id ?? raise.event.type, event: raise.event, delayMs: raise.delay } };
  }
  if (action.type === "xstate.cancel")
    return { type: "cancelTimer", params: { id: (action.params as { sendId: string }).sendId } };
  throw new TypeError(judge(action) ?? `The action ${action.type} cannot be made durable.`);
}
