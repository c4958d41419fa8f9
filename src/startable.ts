import type { Specialist } from "./agents/index.ts";
import type { JsonObject } from "./domain/json.ts";
import type { AnyTool } from "./domain/tool.ts";
import type { Startable } from "./inbox/letter.ts";
import { checkInput, type Definition, findReferences, heardBy, riskIn, titleOf } from "./workflow/index.ts";

/** A definition as routing sees it. */
export function startable(
  definition: Definition,
  tools: ReadonlyMap<string, AnyTool>,
  agentsThere: readonly Specialist[],
): Startable {
  return {
    name: definition.name,
    hash: definition.hash,
    content: definition,
    intents: definition.on.flatMap((trigger) => ("intent" in trigger ? [trigger.intent] : [])),
    hears: ({ name, data }) => heardBy(definition, name, data),
    readsOnly: definition.steps.every((step) => {
      // Whoever has a playbook only looks; a model may want more, and is asked about it.
      if (step.kind === "agent") {
        const { specialist, task } = step.agent;
        return [specialist]
          .flat()
          .every((wanted) => agentsThere.find(({ name }) => name === wanted)?.tasks[task]?.playbook != null);
      }
      // Whoever may only look does not choose where something is told.
      if (step.kind === "notify") return findReferences(step.notify.to ?? null).length === 0;
      if (step.kind !== "tool") return true;
      return riskIn(definition, step, tools) === "read";
    }),
    begin(params, requester) {
      const checked = checkInput(definition.input, params as JsonObject);
      if (!checked.ok) return { problems: checked.problems };
      return { input: checked.input, title: titleOf(definition, checked.input, requester) };
    },
  };
}
