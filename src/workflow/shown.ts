import { say } from "./begin-step.ts";
import type { Draft } from "./plan-state.ts";
import { showsEvents } from "./say.ts";
import type { Step } from "./schema.ts";

/** Messages that show what the run was told last. */
export function drawAgain(draft: Draft): void {
  for (const step of shownBy(draft)) if (showsEvents(step)) say(draft, step);
}

/** A run was stopped: what asked something, or showed how things are, says so and is not drawn again. */
export function closeCards(draft: Draft, because: string): void {
  for (const step of shownBy(draft))
    if (showsEvents(step) || step.notify.buttons !== undefined) say(draft, step, because.replace(/\.$/, ""));
}

/** The messages that can be seen; of those that replace each other the newest. */
function shownBy(draft: Draft): Extract<Step, { kind: "notify" }>[] {
  const shown = draft.definition.steps.filter(
    (step): step is Extract<Step, { kind: "notify" }> =>
      step.kind === "notify" && draft.steps[step.id]?.state === "done",
  );
  return shown.filter(
    (step) =>
      !shown.some(
        ({ id, notify }) =>
          id !== step.id && notify.replaces === (step.notify.replaces ?? step.id) && isAfter(shown, id, step.id),
      ),
  );
}

function isAfter(steps: readonly Step[], id: string, other: string): boolean {
  return steps.findIndex((step) => step.id === id) > steps.findIndex((step) => step.id === other);
}
