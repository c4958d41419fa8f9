import type { Content, Definition } from "./definition.ts";
import { define } from "./definition.ts";
import type { Step } from "./schema.ts";

type ToolStep = Extract<Step, { kind: "tool" }>;

/**
 * The definition with an approval before every tool step that none covers and about which a policy may ask people. Whether it
 * does is decided on the arguments the step has then; where it asks nobody the run goes on at once. Denied, the run stops, unless
 * it may go on without the step.
 */
export function withDemanded(
  definition: Definition,
  mayAsk: (step: ToolStep) => boolean,
  isNeeded = ({ onError }: ToolStep) => onError === "fail",
): Definition {
  const { byId, coveredBy, body } = definition;
  const free = (id: string): string => (byId.has(id) ? free(`${id}-too`) : id);
  const content = JSON.parse(body) as Content;
  const steps = content.steps.flatMap((step): Step[] =>
    step.kind === "tool" && !coveredBy.has(step.id) && mayAsk(step)
      ? [approvalOf(step, free(`may-${step.id}`), isNeeded(step)), step]
      : [step],
  );
  return steps.length === content.steps.length ? definition : define({ ...content, steps });
}

function approvalOf({ id, dependsOn }: ToolStep, name: string, isNeeded: boolean): Step {
  const onDenied = isNeeded ? {} : { onDenied: "skip" as const };
  return { kind: "approve", id: name, dependsOn, approve: { covers: [id], ...onDenied } };
}
