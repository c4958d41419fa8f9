import type { Json } from "../domain/json.ts";
import { checkReferences, partsOf } from "./check-references.ts";
import { checkNames, checkStep, checkWording } from "./check-step.ts";
import { checkUnless } from "./check-unless.ts";
import type { Content } from "./definition.ts";
import { coversOf, dependenciesOf } from "./definition.ts";
import { findCircle, reachable } from "./order.ts";
import type { Complaint, Path } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import { findReferences } from "./references.ts";

/** What is wrong between the parts of a definition: names that do not exist, circles, references to what is not there yet. */
export function checkContent(content: Content, place: (id: string) => Path): Complaint[] {
  const ids = content.steps.map((step) => step.id);
  const names = content.steps.flatMap((step) => checkNames(step, content.steps, place(step.id)));
  const covers = coversOf(content.steps);
  const after = new Map(
    content.steps.map((step) => [step.id, dependenciesOf(step, covers).filter((id) => ids.includes(id))]),
  );
  const circle = findCircle(after);
  if (circle !== null) {
    const circular = `These steps wait for each other: ${circle.join(" → ")}.`;
    return [
      ...names,
      {
        path: [...place(circle[0] ?? ""), "dependsOn"],
        message: circular,
        remedy: "Take out one of these dependencies.",
      },
    ];
  }
  const before = (id: string): ReadonlySet<string> => reachable(after, id);
  const steps = content.steps.flatMap((step) => {
    const id = covers.get(step.id);
    const approval = id === undefined ? null : { id, before: before(id) };
    return [
      ...checkStep(step, content, before(step.id), place(step.id)),
      ...checkReferences(
        partsOf(step),
        content,
        place(step.id),
        ids,
        before(step.id),
        approval && { approval: approval.id, before: approval.before },
      ),
      ...checkUnless(step, content, before(step.id), approval, place(step.id)),
      // What it waits for may be in what it saw itself.
      ...checkReferences(
        "repeat" in step && step.repeat !== undefined ? { repeat: { until: step.repeat.until } } : {},
        content,
        place(step.id),
        ids,
        new Set([...before(step.id), step.id]),
        null,
      ),
    ];
  });
  return [
    ...names,
    ...steps,
    ...checkTriggers(content),
    ...checkReferences({ title: content.title }, content, [], ids, new Set(), null),
    ...(["reply", "stopped"] as const).flatMap((key) => [
      ...checkReferences({ [key]: (content[key] ?? "") as Json }, content, [], ids, new Set(ids), null),
      ...checkWording(content[key], [key]),
    ]),
  ];
}

/** What an event's trigger takes from the event, and that it fills what the workflow needs. */
function checkTriggers(content: Content): Complaint[] {
  const fields = Object.keys(content.input);
  return content.on.flatMap((trigger, index): Complaint[] => {
    if (!("event" in trigger)) return [];
    const at = ["on", index];
    const foreign = findReferences({ group: trigger.group ?? "", input: trigger.input }, at).filter(
      ({ reference }) => reference?.source !== "event",
    );
    return [
      ...foreign.map(({ path, text }) => ({
        path,
        message: `“${text}” is not there yet when an event starts the workflow.`,
        remedy: "Use only ${{ event.NAME }} here.",
      })),
      ...Object.keys(trigger.input)
        .filter((name) => !fields.includes(name))
        .map((name) => ({
          path: [...at, "input", name],
          message: `There is no input “${name}”.`,
          remedy: remedyNear(name, fields),
        })),
      ...fields
        .filter((name) => content.input[name]?.required && !Object.hasOwn(trigger.input, name))
        .map((name) => ({
          path: [...at, "input"],
          message: `The event fills no input “${name}”, which is required.`,
          remedy: `Add ${name}: with what it is in the event, or give the input a default.`,
        })),
    ];
  });
}
