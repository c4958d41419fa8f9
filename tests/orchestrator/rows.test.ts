import { expect, test } from "vitest";
import { Rows } from "../../src/orchestrator/rows.ts";

test("a message wanted twice in one batch keeps its place before what was wanted in between", () => {
  const rows = new Rows();
  const wanted = (id: string, key: string, text: string) =>
    rows.message({
      id,
      key,
      actorId: "run",
      conversationId: "here",
      wanted: { text },
      privateTo: null,
      account: null,
      urgent: false,
    });
  wanted("1", "card", "one alert");
  wanted("2", "status", "I look into it");
  wanted("3", "card", "two alerts");
  expect(rows.finish(new Set()).messages).toMatchObject([
    { id: "1", key: "card", wanted: { text: "two alerts" } },
    { id: "2", key: "status" },
  ]);
});
