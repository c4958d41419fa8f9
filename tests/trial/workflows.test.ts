import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { intents } from "../../intents/all.ts";

const folder = new URL("../../workflows/", import.meta.url);

interface File {
  readonly name: string;
  readonly on: { readonly intent: string };
  readonly input: Record<string, unknown>;
}

test.each(readdirSync(folder))("%s is YAML, named like its file, and takes what its intent carries", (file) => {
  const workflow = parse(readFileSync(new URL(file, folder), "utf8")) as File;
  expect(`${workflow.name}.yaml`).toBe(file);
  const intent = intents.find((one) => one.name === workflow.on.intent);
  expect(Object.keys(workflow.input).sort()).toEqual(Object.keys(intent?.params.shape ?? {}).sort());
});
