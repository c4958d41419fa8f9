import { z } from "zod";
import type { Report, Thinking } from "../../src/agents/index.ts";
import { type Definition, loadDefinition } from "../../src/workflow/index.ts";

/** A specialist that may ask for every tool there is: whatever holds for it holds for those with fewer. */
export const clerk: Thinking = {
  name: "clerk",
  summary: "Runs errands",
  tools: [
    "services.status",
    "services.logs",
    "services.metrics",
    "services.deploys",
    "services.restart",
    "services.rollback",
    "services.scale",
    "directory.list",
    "directory.grant",
    "directory.revoke",
    "tickets.create",
    "pager.page",
    "http.mailbox.get",
    "http.billing.get",
    "http.billing.send",
    "prometheus.query",
    "loki.search",
    "logs.search",
    "github.issue",
    "github.commits",
    "github.comment",
    "jira.issue",
    "jira.search",
    "jira.create",
    "mcp.desk.note",
    "mcp.desk.deploy",
    "knowledge.search",
    "record.run",
    "people.holders",
    "board.read",
    "board.write",
    "agents.tell",
  ],
  model: { instructions: "You run errands.", budgetUsd: 0.2, maxTurns: 8 },
  tasks: {
    errand: {
      summary: "Whatever is asked",
      report: z.object({ summary: z.string().min(1).max(4000) }) as z.ZodType<Report>,
      playbook: null,
    },
  },
  concurrency: 100,
};

const inputs = ["case", "service", "environment"].map((name) => `${name}: "\${{ input.${name} }}"`);
const given = [...inputs, "repository: acme/shop"].join(", ");
const manual = `on: { manual: true }
input:
  case: { type: string, required: true }
  service: { type: string, required: true }
  environment: { type: string, required: true }`;
const agent = (input: string) => `agent: { specialist: clerk, task: errand, input: { ${input} } }`;

const texts = {
  errand: `${manual}
title: run an errand
steps:
  - { id: only, ${agent(given)} }
reply: \${{ steps.only.output.summary }}`,
  // An alert that is over begins no incident, and this.
  told: `on:
  event: alert
  match: { status: resolved }
  in: "#ops"
  input: { case: "\${{ event.name }}", text: "\${{ event.description }}" }
input:
  case: { type: string, required: true }
  text: { type: string, required: true }
title: look into what an alert said
steps:
  - { id: only, ${agent(`case: "\${{ input.case }}", text: "\${{ input.text }}"`)} }
reply: \${{ steps.only.output.summary }}`,
  relay: `${manual}
title: have two agents talk
steps:
  - { id: first, ${agent(`${given}, role: role-first`)} }
  - { id: second, ${agent(`${given}, role: role-second`)} }
reply: \${{ steps.second.output.summary }}`,
  board: `${manual}
title: have two agents share a blackboard
steps:
  - { id: first, ${agent(`${given}, role: role-first`)} }
  - { id: second, ${agent(`${given}, role: role-second`)} }
reply: \${{ steps.second.output.summary }}`,
  handed: `${manual}
title: have one agent go on from another's report
steps:
  - { id: first, ${agent(`${given}, role: role-first`)} }
  - { id: second, dependsOn: first, ${agent(`${given}, role: role-second, found: "\${{ steps.first.output.summary }}"`)} }
reply: \${{ steps.second.output.summary }}`,
  // What an agent reports chooses where something is sent, and nobody is asked.
  steered: `${manual}
title: send where an agent says
steps:
  - { id: only, ${agent(given)} }
  - { id: send, dependsOn: only, tool: { name: http.billing.send, args: { method: POST, path: "\${{ steps.only.output.summary }}", body: { amount: 1 } } } }
reply: sent`,
} as const;

export type Flow = keyof typeof texts;

export const flows: readonly Definition[] = Object.entries(texts).map(([name, text]) => {
  const known = {
    tools: [{ name: "http.billing.send" }],
    intents: [],
    events: ["alert"],
    specialists: [clerk],
  };
  const loaded = loadDefinition(`name: ${name}\nsummary: For a test\n${text}\n`, `${name}.yaml`, known);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
});
