import type { StepState } from "./plan-state.ts";
import { specialistsOf, type WorkStep } from "./schema.ts";

type AgentStep = Extract<WorkStep, { kind: "agent" }>;

/** How often a task goes to somebody else because whoever had it failed; a person may have it all tried once more. */
const mostHandOvers = 2;

/** Who has an agent step, or will have it first. */
export function holderOf(step: AgentStep, { by }: Pick<StepState, "by">): string {
  return by ?? specialistsOf(step)[0] ?? "";
}

/** Who else could take it now: neither who has failed in it since a person last had it begun, nor who had no seat. */
export function othersFor(step: AgentStep, state: StepState): readonly string[] {
  const tried = (state.tried ?? []).filter(({ generation }) => generation === state.generation);
  if (tried.length > mostHandOvers) return [];
  const gone = [holderOf(step, state), ...tried.map(({ specialist }) => specialist), ...(state.full ?? [])];
  return specialistsOf(step).filter((name) => !gone.includes(name));
}
