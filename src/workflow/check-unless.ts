import type { Json } from "../domain/json.ts";
import { checkReferences, goesOnBeside } from "./check-references.ts";
import type { Content } from "./definition.ts";
import type { Complaint, Path } from "./problems.ts";
import { findReferences } from "./references.ts";
import type { Step } from "./schema.ts";

/**
 * A tool step's `unless` is judged when its call would be made, and can only keep it from being made. It says something new only
 * where an approval came before, and of what may have changed since: all else is a `when`. `before` are the steps settled when
 * the step begins, `approval` the one that covers it with those settled before it.
 */
export function checkUnless(
  step: Step,
  content: Content,
  before: ReadonlySet<string>,
  approval: { readonly id: string; readonly before: ReadonlySet<string> } | null,
  at: Path,
): Complaint[] {
  if (step.kind !== "tool" || step.unless === undefined) return [];
  const path = [...at, "unless"];
  if (approval === null)
    return [{ path, message: "No approval covers this step.", remedy: "Write it as when: {not: CONDITION}." }];
  if (step.always === true)
    return [{ path, message: "What takes something back is always done.", remedy: "Take out unless: or always:." }];
  if (step.repeat !== undefined)
    return [{ path, message: "A step that looks again ends by itself.", remedy: "Write it in repeat: {until: ...}." }];
  const ids = content.steps.map(({ id }) => id);
  const wrong = checkReferences({ unless: step.unless }, content, at, ids, before, null);
  if (wrong.length > 0 || mayChange(step.unless, content, approval.before)) return wrong;
  return [
    {
      path,
      message: `All of this is known before “${approval.id}” asks, and does not change afterwards.`,
      remedy: "Write it as when: {not: CONDITION}, so that nobody is asked in vain.",
    },
  ];
}

function mayChange(condition: Json, content: Content, asked: ReadonlySet<string>): boolean {
  return findReferences(condition).some(
    ({ reference }) =>
      reference?.source === "event" ||
      (reference?.source === "step" && (!asked.has(reference.step) || goesOnBeside(content, reference.step))),
  );
}
