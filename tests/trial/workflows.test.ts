import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { intents } from "../../intents/all.ts";
import { healthLimits } from "../../src/domain/service.ts";

const folder = new URL("../../workflows/", import.meta.url);

type Trigger = { readonly intent: string } | { readonly event: string; readonly input: Record<string, unknown> };

interface File {
  readonly name: string;
  readonly phrases?: readonly string[];
  readonly on: Trigger | readonly Trigger[];
  readonly input: Record<string, unknown>;
}

test.each(readdirSync(folder))(
  "%s is YAML, named like its file, and takes what its intent or event carries",
  (file) => {
    const workflow = parse(readFileSync(new URL(file, folder), "utf8")) as File;
    expect(`${workflow.name}.yaml`).toBe(file);
    // What says itself how it is asked for takes what it says.
    if (workflow.phrases !== undefined) return expect(workflow.phrases.join()).toMatch(/\{\w+\}/);
    // What only Steward itself begins is given whatever it takes.
    if ("manual" in workflow.on) return expect(Object.keys(workflow.input)).not.toEqual([]);
    for (const on of [workflow.on].flat()) {
      const carried = "intent" in on ? intents.find((one) => one.name === on.intent)?.params.shape : on.input;
      // What an intent only reads to refuse it, no workflow takes.
      const taken = Object.keys(carried ?? {}).filter((name) => name !== "unread");
      expect(Object.keys(workflow.input).sort()).toEqual(taken.sort());
    }
  },
);

test("an incident is over where the company stops alerting", () => {
  const text = readFileSync(new URL("incident.yaml", folder), "utf8");
  const limits = [...text.matchAll(/lt: \["\$\{\{ steps\.\w+\.output\.last\.(\w+) \}\}", (\d+)\]/g)];
  expect(Object.fromEntries(limits.map(([, name, limit]) => [name, Number(limit)]))).toEqual(healthLimits);
});
