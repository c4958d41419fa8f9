import { expect, test } from "vitest";
import { type AgentStore, agentTools, specialists } from "../../src/agents/index.ts";
import { run } from "../systems/run-tool.ts";

const here = { actorId: "actor", task: "fix#1", specialist: "operator", does: "fix-service", how: "talks" } as const;
const others = [
  { actorId: "a1", task: "look#1", specialist: "observer", does: "service-health", how: "follows" },
  { actorId: "a2", task: "wait#1", specialist: "observer", does: "service-health", how: "assigned" },
  { actorId: "a3", task: "late#1", specialist: "operator", does: "fix-service", how: "assigned" },
  { actorId: "a4", task: "talk#1", specialist: "data", does: "gather-incident", how: "talks" },
] as const;
const store = { colleagues: async () => [here, ...others] } as Partial<AgentStore> as AgentStore;

test("whoever hears is told, also while it waits for a seat; whoever follows a playbook is not, and that is said", async () => {
  const told: string[] = [];
  const tools = agentTools(store, async ({ actorId, text }) => void told.push(`${actorId}: ${text}`), specialists);
  const tell = tools.find(({ name }) => name === "agents.tell");
  if (tell === undefined) throw new Error("There is no agents.tell.");
  await run(tell, { to: "late#1", text: "mind the disk" });
  await run(tell, { to: "data", text: "look at payroll" });
  expect(told).toEqual(["a3: mind the disk", "a4: look at payroll"]);
  for (const to of ["look#1", "wait#1"])
    await expect(run(tell, { to, text: "x" })).rejects.toThrow(
      `observer (${to}) follows its playbook and hears nothing. Write it on the blackboard, or in your report.`,
    );
});
