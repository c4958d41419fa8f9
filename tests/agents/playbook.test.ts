import { expect, test } from "vitest";
import { z } from "zod";
import { type Playbook, taskContext } from "../../src/agents/index.ts";
import { goOn } from "../../src/agents/playbook.ts";
import { defineTool } from "../../src/domain/tool.ts";

const tool = (name: string, trusted: boolean) =>
  defineTool({
    name,
    summary: "",
    params: z.object({}),
    result: z.json(),
    risk: () => "read",
    effect: "keyed",
    timeoutMs: 1000,
    describe: () => "",
    run: async () => null,
    ...(trusted && { trusted }),
  });
const tools = new Map([tool("record.find", true), tool("web.find", false)].map((each) => [each.name, each]));

/** What the second look is asked with that came from outside, when the first is asked about the input. */
function taintedOf(first: string, tainted: readonly string[]): readonly string[] | undefined {
  const playbook: Playbook = {
    order: "in-turn",
    looks: [
      { id: "find", tool: first, args: { about: "${{ input.about }}" } },
      { id: "read", tool: "record.run", args: { run: "${{ steps.find.output.run }}", own: "${{ input.own }}" } },
    ],
    report: () => ({ summary: "" }),
  };
  const input = { about: "the alert", own: "R-ABC123" };
  const begun = taskContext({ id: "t#1", task: "t", specialist: "s", input, tainted });
  const [command] = goOn(
    playbook,
    { ...begun, outputs: { find: { run: "R-ABC123" } }, tries: { find: 1 } },
    tools,
  ).commands;
  return command?.type === "perform" ? (command.params.tainted ?? []) : undefined;
}

test("a trusted tool that was asked with something from outside may say it again", () => {
  expect(taintedOf("record.find", ["about"])).toEqual(["run"]);
  expect(taintedOf("record.find", [])).toEqual([]);
  expect(taintedOf("record.find", ["own"])).toEqual(["own"]);
  expect(taintedOf("web.find", [])).toEqual(["run"]);
});
