import { expect, test } from "vitest";
import { specialists } from "../../src/agents/index.ts";

const task = specialists.find(({ name }) => name === "data")?.tasks["gather-incident"];
const input = { service: "checkout", environment: "production" };

test("a gathered incident says in a sentence how things are, and passes on what it was given, references too", () => {
  const logs = { artifact: "0199b2d0-0000-7000-8000-000000000000", bytes: 9000 };
  const outputs = {
    status: {
      instances: [{ status: "running" }, { status: "failing" }],
      errorRate: 35.2,
      latencyMs: 180,
      cpu: 31,
      memory: 45,
    },
    metrics: { since: "2026-05-04T10:00:00.000Z" },
    logs,
    deploys: { deploys: [{ version: "1.4.3", by: "ben", at: "2026-05-04T12:00:00.000Z" }] },
    dependencies: { dependencies: [] },
  };
  const report = task?.playbook?.report(input, outputs);
  expect(report).toEqual({
    ...outputs,
    summary:
      "checkout in production: 1 of 2 instances running, 35.2 % errors, 180 ms latency, 31 % CPU, 45 % memory; last deployed: 1.4.3 by ben at 2026-05-04 12:00 UTC",
  });
  expect(task?.report.safeParse(report).success).toBe(true);
});

test.each([[{}], [{ status: 7, deploys: "none" }]])("looks that gave %j are no reason to fail", (outputs) => {
  const report = task?.playbook?.report(input, outputs);
  expect(report?.summary).toMatch(/^checkout in production: 0 of 0 instances/);
  expect(task?.report.safeParse(report).success).toBe(true);
});
