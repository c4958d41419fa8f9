import { expect, test } from "vitest";
import { loadDefinition } from "../../src/workflow/index.ts";
import { startWorld } from "../support/world.ts";

const text = `
name: look
summary: One look at a metric
on: { manual: true }
title: look at a metric
steps:
  - { id: look, tool: { name: prometheus.query, args: { query: up } } }
`;
const loaded = loadDefinition(text, "look.yaml", {
  tools: [{ name: "prometheus.query" }],
  intents: [],
  specialists: [],
});

test("the page of the systems says which one does not answer, since when, why, and when it is asked again", async () => {
  const definitions = loaded.ok ? [loaded.definition] : [];
  // Nothing listens there.
  const connectors = { prometheus: [{ name: "main", url: "http://127.0.0.1:1", private: true }] };
  await using world = await startWorld({ database: "pglite", connectors, extra: { definitions } });
  const page = async () =>
    String((await world.cara.get("/systems")).body)
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ");
  expect(await page()).toContain("prometheus answers");
  for (let runs = 0; runs < 5; runs++)
    expect(await world.ben.post("/api/workflows/create", { name: "look", context: {} })).toMatchObject({ status: 201 });
  await world.eventually(async () =>
    expect(await page()).toMatch(
      /prometheus not answering since [\d-]+ [\d:]+ UTC , asked again at [\d-]+ [\d:]+ UTC does not answer \S.{10,}/,
    ),
  );
});
