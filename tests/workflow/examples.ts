import { z } from "zod";
import { specialists } from "../../src/agents/index.ts";
import type { Command } from "../../src/domain/command.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { Definition, Known, PlanContext, PlanEvent } from "../../src/workflow/index.ts";
import { loadDefinition, planContext, progress } from "../../src/workflow/index.ts";

export const known: Known = {
  tools: [
    {
      name: "services.restart",
      params: z.object({ service: z.string(), environment: z.enum(["staging", "production"]) }),
    },
    { name: "services.status" },
    { name: "access.grant" },
    { name: "access.revoke" },
  ],
  intents: ["restart-service", "grant-access", "revoke-access"],
  specialists,
};

export const restart = `name: restart-service
summary: Restart a service, one instance at a time
on: {intent: restart-service}
input:
  service: {type: string, required: true}
  environment: {type: string, required: true, enum: [staging, production]}
title: restart \${{ input.service }} in \${{ input.environment }}
steps:
  - id: approval
    approve: {covers: [restart]}
  - id: restart
    tool: {name: services.restart, args: {service: "\${{ input.service }}", environment: "\${{ input.environment }}"}}
    retry: {attempts: 3, backoff: 2s}
  - id: check
    dependsOn: restart
    agent: {specialist: observer, task: service-health, input: {service: "\${{ input.service }}", environment: "\${{ input.environment }}"}}
    timeout: 1m
    onError: skip
reply: "\${{ steps.check.output.summary }}"
`;

export const access = `name: grant-access
summary: Access for a while
on: [{intent: grant-access}, {manual: true}]
input:
  system: {type: string, required: true}
  for: {type: duration, default: 1h}
title: get access to \${{ input.system }} for \${{ input.for }}
steps:
  approval: {approve: {covers: [grant]}}
  grant: {tool: {name: access.grant, args: {person: "\${{ requester.id }}", system: "\${{ input.system }}"}}}
  tell: {dependsOn: grant, notify: {to: "#ops", text: "\${{ requester.name }} has access to \${{ input.system }}"}}
  hold:
    dependsOn: grant
    wait: {for: "\${{ input.for }}", event: {intent: revoke-access, match: {system: "\${{ input.system }}"}, roles: [security]}}
  revoke: {dependsOn: hold, tool: {name: access.revoke, args: {grant: "\${{ steps.grant.output.id }}"}}}
reply: Access to \${{ input.system }} was taken back.
`;

/** The definition in a text that must be right. */
export function defined(text: string): Definition {
  const loaded = loadDefinition(text, "test.yaml", known);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

/** A definition with these steps and nothing else. */
export function withSteps(steps: string): Definition {
  return defined(`name: test\nsummary: A test\non: {manual: true}\nsteps:\n${steps}`);
}

export const ana = { id: "ana", name: "ana" };

/** Takes a run through events; keeps all it asked for. */
export function play(
  definition: Definition,
  input: JsonObject,
  events: readonly PlanEvent[],
  trusted?: (tool: string) => boolean,
  audiences?: ReadonlyMap<string, string>,
): { context: PlanContext; commands: Command[]; last: readonly Command[] } {
  let context = planContext(definition, {
    runId: "run-1",
    seed: "seed",
    title: "restart checkout in production",
    requester: ana,
    input,
  });
  const commands: Command[] = [];
  let last: readonly Command[] = [];
  for (const event of events) {
    const next = progress(definition, context, event, trusted, audiences);
    context = next.context;
    last = next.commands;
    commands.push(...next.commands);
  }
  return { context, commands, last };
}

/** The texts of the messages among commands, by id. */
export function notes(commands: readonly Command[]): Record<string, string> {
  return Object.fromEntries(
    commands.flatMap((command) => (command.type === "note" ? [[command.params.id, command.params.card.text]] : [])),
  );
}
