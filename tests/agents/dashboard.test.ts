import { expect, test } from "vitest";
import { dashboard } from "../../src/agents/dashboard.ts";

test("an approval says for whom it waits, and its run is not counted again among the others", () => {
  const run = (name: string, title: string) => ({ run: name, title, state: "waiting", openMs: 52_000, problem: null });
  const work = {
    runs: [run("R-YE40CS", "get read access to billing"), run("R-7K2M9Q", "solve a request")],
    approvals: [{ run: "R-YE40CS", title: "get read access to billing", openMs: 52_000, approvers: "Dan" }],
    hidden: false,
  };
  const report = dashboard.tasks["everything"]?.playbook?.report({}, { work, connections: { connections: [] } });
  expect(report?.["answer"]).toBe(
    [
      "1 thing needs somebody.",
      "1 approval is open: R-YE40CS: get read access to billing, waits for Dan, for 52 seconds.",
      "1 other run is open: R-7K2M9Q: solve a request (waiting).",
    ].join("\n"),
  );
});
