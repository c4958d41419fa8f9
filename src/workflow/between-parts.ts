import type { Json } from "../domain/json.ts";
import type { Definition, Part } from "./definition.ts";
import { stopPart } from "./end-step.ts";
import type { Draft, StepState } from "./plan-state.ts";
import { draftScope } from "./plan-state.ts";
import { worded } from "./say.ts";
import type { Step } from "./schema.ts";
import { partName } from "./sentences.ts";

/**
 * Whether the part of this step may not begin, because of one it waits for. Where that has done nothing of what people were to
 * approve in it, it ends, with its own last word, and with it all that wait for it. Where people turned down some of that, or what it
 * watched for did not come about, it goes on as its workflow says, but nothing follows it.
 */
export function stopIdle(draft: Draft, id: string): boolean {
  const { definition, steps, halted } = draft;
  const waitsFor = definition.partOf.get(id)?.waitsFor ?? [];
  const before = (definition.parts ?? []).filter((part) => waitsFor.includes(part.id) && halted[part.id] === undefined);
  const idle = before.find((part) => {
    const acts = actsOf(definition, part);
    return acts.length > 0 && !acts.some((act) => steps[act]?.state === "done");
  });
  if (idle !== undefined) {
    stopPart(draft, idle.steps[0] ?? "", worded(idle.reply ?? "", draftScope(draft)) || "Nothing was done.");
    return true;
  }
  const watched = before.find((part) => part.steps.some((own) => watchedInVain(definition.byId.get(own), steps[own])));
  const because = before.some((part) => actsOf(definition, part).some((act) => isTurnedDown(draft, act)))
    ? "not all of what comes before it was approved"
    : watched === undefined
      ? null
      : `${partName(definition, watched)} did not come to what it watches for`;
  if (because === null) return false;
  stopPart(draft, id, `not begun, because ${because}.`);
  return true;
}

/** "restart search, then billing" does not go on to billing when search is still down. */
function watchedInVain(step: Step | undefined, was: StepState | undefined): boolean {
  if (step === undefined || !("repeat" in step) || step.repeat === undefined || was?.state !== "done") return false;
  return (was.output as { readonly met?: boolean } | undefined)?.met === false;
}

/** What a part does that people are asked about. */
function actsOf({ byId, coveredBy }: Definition, part: Part): readonly string[] {
  return part.steps.filter((id) => {
    const step = byId.get(id);
    return coveredBy.has(id) && step?.kind === "tool" && step.always !== true;
  });
}

function isTurnedDown({ definition, steps }: Draft, id: string): boolean {
  const { because } = (steps[definition.coveredBy.get(id) ?? ""]?.output ?? {}) as { readonly because?: Json };
  return steps[id]?.state === "skipped" && (because === "denied" || because === "expired");
}
