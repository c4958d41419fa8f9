import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { JsonObject } from "../../src/domain/json.ts";
import { handbookOf } from "../../src/systems/knowledge/handbook.ts";
import { sectionsOf } from "../../src/systems/knowledge/sections.ts";
import { articleDraft } from "../../src/systems/requests/article-draft.ts";
import type { Group, PastRequest } from "../../src/systems/requests/past.ts";
import { type DraftChecks, type WorkflowDraft, workflowDraft } from "../../src/systems/requests/workflow-draft.ts";
import { readFile } from "../../src/workflow/read.ts";

function shipped(name: string) {
  const read = readFile(parse(readFileSync(new URL(`../../workflows/${name}.yaml`, import.meta.url), "utf8")));
  if (read.content === null) throw new Error(`workflows/${name}.yaml cannot be read`);
  return read.content;
}

function deeds(...inputs: JsonObject[]): Group {
  const all = inputs.map((input, n): PastRequest => {
    const at = `2026-11-0${n + 1}T08:00:00.000Z`;
    return {
      id: `${n}`,
      run: `R-00000${n}`,
      kind: "act",
      workflow: "w",
      definition: "d",
      text: "do it",
      input,
      requesterId: "ana",
      at,
    };
  });
  return all as readonly PastRequest[] as Group;
}

/** Nothing is called or meant by anything yet. */
const free: DraftChecks = { isTaken: () => false, isUsed: () => false, isMeant: () => false, begins: () => true };
const draftOf = (...given: Parameters<typeof workflowDraft>) => workflowDraft(...given) as WorkflowDraft | null;
const inStaging = { service: "billing", environment: "staging" };

test("what was the same is fixed, what was not is asked for, and steps and approvals are those of the original", () => {
  const original = shipped("scale-service");
  const group = deeds({ ...inStaging, instances: 2 }, { ...inStaging, instances: 5 }, { ...inStaging, instances: 3 });
  const draft = draftOf(group, original, free);
  expect(draft).toMatchObject({
    name: "run-billing-in-staging-on-instances",
    say: "run billing in staging on 3 instances",
  });
  const read = readFile(parse(draft?.text ?? ""));
  expect(read.content).toMatchObject({
    name: "run-billing-in-staging-on-instances",
    phrases: [
      "run billing in staging on {instances} instances",
      "[do] the usual run billing in staging on {instances} instances",
      "run-billing-in-staging-on-instances {instances}",
    ],
    input: {
      service: { default: "billing", enum: ["billing"], required: false },
      environment: { default: "staging", enum: ["staging"], required: false },
      instances: original.input["instances"],
    },
    steps: original.steps,
    reply: original.reply,
  });
});

test("of its phrases it keeps those that mean nothing else, and there is none where none is left", () => {
  const group = deeds(inStaging, inStaging, inStaging);
  const original = shipped("restart-service");
  const judged: string[] = [];
  const picky: DraftChecks = {
    ...free,
    isTaken: (name) => name === "restart-billing-in-staging",
    begins(text) {
      judged.push(text);
      return !(parse(text) as { phrases: string[] }).phrases.includes("restart billing in staging");
    },
  };
  const draft = draftOf(group, original, picky, ["What is it with (billing) | {x}?"]);
  expect(parse(draft?.text ?? "")).toMatchObject({
    name: "what-is-it-with-billing-x",
    phrases: ["What is it with billing x", "[do] the usual restart billing in staging", "what-is-it-with-billing-x"],
  });
  expect(draft?.say).toBe("What is it with (billing) | {x}?");
  // What is shown was judged to the last byte.
  expect(judged).toContain(draft?.text);
  expect(draftOf(group, original, picky)?.name).toBe("restart-billing-in-staging-2");
  expect(workflowDraft(group, original, { ...free, begins: () => false })).toBeNull();
});

test("what is in use already is not proposed again, by whichever name it has", () => {
  const group = deeds(inStaging, inStaging, inStaging);
  const original = shipped("restart-service");
  const taken = ["restart-billing-in-staging", "restart-billing-in-staging-2"];
  const using = (isUsed: DraftChecks["isUsed"]) =>
    workflowDraft(group, original, { ...free, isTaken: (name) => taken.includes(name), isUsed });
  expect(using((name) => name === taken[1])).toEqual({ kind: "used", name: taken[1] });
  expect(using(() => false)).toMatchObject({ kind: "workflow", name: "restart-billing-in-staging-3" });
});

test("a text that no slot takes, and a request in parts, make no workflow", () => {
  const told = ["the demo begins", "the demo is over", "the demo is tomorrow"];
  const tell = shipped("tell-channel");
  expect(workflowDraft(deeds(...told.map((message) => ({ channel: "ops", message }))), tell, free)).toBeNull();
  const group = deeds(inStaging, inStaging, inStaging);
  expect(workflowDraft(group, { ...shipped("restart-service"), parts: [] }, free)).toBeNull();
});

test("what was said once is in no phrase a slot, a choice or a reference", () => {
  const odd = "x] | (y) ${{ requester.id }} {service}";
  const group = deeds(...[1, 2, 3].map(() => ({ ...inStaging, service: odd })));
  const draft = draftOf(group, shipped("restart-service"), free);
  const { phrases, input } = parse(draft?.text ?? "") as { phrases: string[]; input: JsonObject };
  expect(phrases[0]).toBe("restart x y $ requester.id service in staging");
  expect(input["service"]).toMatchObject({ default: odd, enum: [odd] });
});

const questions = deeds({}, {}, {}).map((one, n) => ({
  ...one,
  kind: "help" as const,
  text:
    [
      "the badge reader at the gate stays red.",
      "badge reader at the gate is red again",
      "why is the gate's badge reader red?",
    ][n] ?? "",
})) as readonly PastRequest[] as Group;

test("an article has each answer once, with who gave it where, and answers the questions", () => {
  const text = "Hold the badge flat for\nthree seconds.";
  const said = [
    { run: "0", by: "Dan", text },
    { run: "1", by: "Ben", text: "Turn it off and on: # then [wait](https://x.test)." },
    { run: "2", by: "Dan", text: "hold the badge flat for three seconds" },
  ];
  const draft = articleDraft(questions, said, (name) => name === "the-badge-reader-at-the-gate-stays-red");
  expect(draft?.name).toBe("the-badge-reader-at-the-gate-stays-red-2");
  expect(draft?.text).toBe(`# The badge reader at the gate stays red

## The badge reader at the gate stays red

- Hold the badge flat for three seconds. (Dan, R-000000; Dan, R-000002)
- Turn it off and on: # then wait(https://x.test). (Ben, R-000001)

Asked as “the badge reader at the gate stays red.”, “badge reader at the gate is red again”, “why is the gate's badge reader red?” (R-000000, R-000001, R-000002).
`);
  const handbook = handbookOf(sectionsOf("gate.md", draft?.text ?? ""));
  for (const { text: question } of questions) expect(handbook.ask(question)?.text).toContain("three seconds");
});

test("there is no article of what nobody wrote down", () => {
  expect(articleDraft(questions, [], () => false)).toBeNull();
  expect(articleDraft(questions, [{ run: "0", by: "Dan", text: " … " }], () => false)).toBeNull();
});
