import { createRequire } from "node:module";
import { Webhooks } from "@octokit/webhooks";
import { describe, expect, test } from "vitest";
import type { HookDelivery, Told } from "../../src/inbox/hook.ts";
import { githubHook } from "../../src/systems/github/incoming.ts";

const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly object[];
}[];
const secret = "a-secret-of-ours";
const signer = new Webhooks({ secret });
const hook = githubHook(secret);

async function delivery(name: string, payload: unknown, id = "d-1"): Promise<HookDelivery> {
  const body = JSON.stringify(payload);
  const headers = { "x-github-event": name, "x-github-delivery": id, "x-hub-signature-256": await signer.sign(body) };
  return { tenant: "default", headers, body, fromHere: false, minute: 1 };
}

const tell = async (name: string, payload: unknown): Promise<Told> => hook.read(await delivery(name, payload));

function example(name: string, action: string): Record<string, never> {
  const found = examples
    .find((one) => one.name === name)
    ?.examples.find((one) => "action" in one && one.action === action);
  return structuredClone(found) as Record<string, never>;
}

test("every real payload is taken or named as ignored", async () => {
  const seen = new Map<string, number>();
  let all = 0;
  for (const { name, examples: payloads } of examples)
    for (const payload of payloads) {
      const read = await tell(name, payload);
      all++;
      if (read.kind === "event") seen.set(read.incoming.text, (seen.get(read.incoming.text) ?? 0) + 1);
      else expect(read).toMatchObject({ kind: "unsupported", what: expect.stringMatching(`^${name}`), because: /./ });
    }
  expect(all).toBe(329);
  expect([...seen.keys()].sort()).toEqual(["build", "issue", "review"]);
  expect(seen.get("issue")).toBeGreaterThanOrEqual(6);
});

describe("who may tell", () => {
  test("only whoever signed the very bytes with our secret", async () => {
    const good = await delivery("issues", example("issues", "opened"));
    expect(await hook.read(good)).toMatchObject({ kind: "event" });
    for (const [headers, because] of [
      [{ ...good.headers, "x-hub-signature-256": "" }, "unsigned"],
      [{ ...good.headers, "x-hub-signature-256": "sha256=00" }, "wrong-signature"],
      [{ ...good.headers, "x-hub-signature-256": "nonsense" }, "wrong-signature"],
    ] as const)
      expect(await hook.read({ ...good, headers })).toMatchObject({ kind: "forged", because });
    expect(await hook.read({ ...good, body: `${good.body} ` })).toMatchObject({ kind: "forged" });
    expect(await githubHook("another-secret").read(good)).toMatchObject({ because: "wrong-signature" });
  });

  test("what was signed once is one delivery, under whatever name it is sent again", async () => {
    const opened = example("issues", "opened") as unknown as { issue: { number: number } };
    const keyOf = async (payload: object, id: string) => {
      const read = await hook.read(await delivery("issues", payload, id));
      return read.kind === "event" ? read.incoming.deliveryKey : null;
    };
    expect(await keyOf(opened, "d-2")).toBe(await keyOf(opened, "d-1"));
    const another = { ...opened, issue: { ...opened.issue, number: 2 } };
    expect(await keyOf(another, "d-1")).not.toBe(await keyOf(opened, "d-1"));
  });

  test("a delivery without a name of its own is refused: nobody could tell it from the next", async () => {
    const { headers, ...rest } = await delivery("issues", example("issues", "opened"));
    expect(await hook.read({ ...rest, headers: { ...headers, "x-github-delivery": "" } })).toMatchObject({
      kind: "malformed",
    });
  });
});

describe("what is told", () => {
  test("an issue, and whether it is a bug", async () => {
    const read = await tell("issues", example("issues", "opened"));
    expect(read).toMatchObject({
      incoming: {
        text: "issue",
        deliveryKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        data: {
          action: "opened",
          repository: "Codertocat/Hello-World",
          number: 1,
          title: "Spelling error in the README file",
          bug: true,
        },
      },
    });
    const plain = example("issues", "opened") as unknown as { issue: { labels: object[] } };
    plain.issue.labels = [{ name: "debugging" }, { name: "question" }];
    expect(await tell("issues", plain)).toMatchObject({ incoming: { data: { bug: false, reported: false } } });
  });

  test("an issue that is said to be a bug later is reported then, and only by that label", async () => {
    const labeled = { ...example("issues", "opened"), action: "labeled" };
    const data = (label: string) => ({ ...labeled, label: { name: label } });
    expect(await tell("issues", data("bug"))).toMatchObject({ incoming: { data: { reported: true } } });
    expect(await tell("issues", data("p1"))).toMatchObject({ incoming: { data: { bug: true, reported: false } } });
  });

  test("a build that failed, and whether that was on the default branch", async () => {
    const run = example("workflow_run", "completed") as unknown as {
      workflow_run: { conclusion: string; head_branch: string; head_repository: { full_name: string } };
      repository: { default_branch: string; full_name: string };
    };
    run.workflow_run.head_repository.full_name = run.repository.full_name;
    run.workflow_run.conclusion = "failure";
    run.workflow_run.head_branch = run.repository.default_branch;
    expect(await tell("workflow_run", run)).toMatchObject({
      incoming: { text: "build", data: { conclusion: "failure", default: true, attempt: 1 } },
    });
    run.workflow_run.head_branch = "feature";
    expect(await tell("workflow_run", run)).toMatchObject({ incoming: { data: { default: false } } });
  });

  test("a fork's pull request is no build of our default branch, whatever its branch is called", async () => {
    const run = example("workflow_run", "completed") as unknown as {
      workflow_run: { head_branch: string; head_repository: { full_name: string }; event: string };
      repository: { default_branch: string; full_name: string };
    };
    run.workflow_run.head_branch = run.repository.default_branch;
    run.workflow_run.head_repository.full_name = run.repository.full_name;
    run.workflow_run.event = "push";
    const ours = await tell("workflow_run", run);
    run.workflow_run.event = "pull_request";
    run.workflow_run.head_repository.full_name = "stranger/Hello-World";
    const theirs = await tell("workflow_run", run);
    expect(ours).toMatchObject({ incoming: { data: { default: true } } });
    expect(theirs).toMatchObject({ incoming: { data: { default: false } } });
    const groupOf = (read: typeof ours) => (read.kind === "event" ? read.incoming.data?.["group"] : null);
    expect(groupOf(theirs)).not.toBe(groupOf(ours));
  });

  test("a trial of the webhook is answered as one", async () => {
    expect(await tell("ping", { zen: "Keep it logically awesome." })).toMatchObject({
      because: expect.stringContaining("it works"),
    });
  });
});
