import { Webhooks } from "@octokit/webhooks";
import { describe, expect, test } from "vitest";
import { githubSecret, oneBase, startWorld, type World } from "../support/world.ts";

const signer = new Webhooks({ secret: githubSecret });
let deliveries = 0;

async function tell(world: World, event: string, payload: object): Promise<void> {
  const body = JSON.stringify(payload);
  const response = await fetch(new URL("/api/webhooks/github", world.url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": `review-${++deliveries}`,
      "x-hub-signature-256": await signer.sign(body),
    },
    body,
  });
  expect(response.status).toBe(202);
}

const pull = (number: number, author: string, more: object = {}, action = "opened") => ({
  action,
  repository: { full_name: "acme/checkout", default_branch: "main" },
  pull_request: {
    number,
    title: `Round totals, part ${number}`,
    html_url: `https://github.com/acme/checkout/pull/${number}`,
    draft: false,
    state: "open",
    user: { login: author },
    ...more,
  },
});
const reviewed = (number: number, author: string, by: string, state: string) => ({
  ...pull(number, author, {}, "submitted"),
  review: { state, user: { login: by } },
});

/** Everything in #general, oldest first. */
const said = async (world: World) => (await world.ana.sees("general")).map(({ text }) => text);

/** The card of this pull request. */
const card = (world: World, number: number) =>
  world.eventually(async () => {
    const found = (await world.ana.sees("general")).filter(
      (message) => message.card?.title === `Review wanted: Round totals, part ${number}`,
    );
    expect(found).toHaveLength(1);
    return found[0] as (typeof found)[number];
  });

const reads = (world: World, text: RegExp) =>
  world.eventually(async () => expect(await said(world)).toContainEqual(expect.stringMatching(text)));

describe.each(oneBase)("a pull request, on %s", (database) => {
  test("is its owner's to review; after 4 hours they are reminded, after 8 somebody else is asked", async () => {
    await using world = await startWorld({ database });
    await tell(world, "pull_request", pull(1, "octocat", { draft: true }));
    await tell(world, "pull_request", pull(1, "octocat", {}, "ready_for_review"));
    expect((await card(world, 1)).text).toBe(
      "Ben, please review it: of those who own it, nobody has less to review (none open).",
    );
    await world.ben.says("@steward what waits for me?", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.thread("ben")).join("\n")).toMatch(
        /1 thing waits for you\.\nLater:\n• R-\w{6}, you have taken it: get “Round totals, part 1” reviewed/,
      ),
    );
    await world.passes("4h");
    await reads(world, /^Ben, “Round totals, part 1” has waited 4 hours for your review: https:/);
    await world.restarts();
    await world.passes("4h");
    await reads(world, /^Ben has not come to it for 8 hours\. Cara, please review it: nobody else owns it/);
    // Its author's own remark is no review.
    await tell(world, "pull_request_review", reviewed(1, "octocat", "octocat", "commented"));
    await tell(world, "pull_request_review", reviewed(1, "octocat", "cara-on-github", "approved"));
    await reads(world, /^cara-on-github has approved it\.$/);
    const { card: shown } = await card(world, 1);
    expect(shown?.fields).toContainEqual({ label: "State", value: "cara-on-github has approved it." });
    expect(shown?.buttons).toEqual([]);
    expect((await world.cara.get("/api/runs?limit=10")).body.runs.map(({ name }: { name: string }) => name)).toEqual([
      "waiting",
      "review",
    ]);
  });

  test("is never its author's to review, and goes to whoever has least; who has reviewed it may say so here", async () => {
    await using world = await startWorld({ database });
    for (const [number, name] of [
      [2, "Cara"],
      [3, "Ana"],
      [4, "Cara"],
    ] as const) {
      await tell(world, "pull_request", pull(number, "ben"));
      expect((await card(world, number)).text).toMatch(new RegExp(`^${name}, please review it: nobody else owns it`));
    }
    // Pressed on the newest card, number 4, which is Cara's.
    await world.ana.presses("I have reviewed it", { in: "general" });
    await world.cara.presses("I have reviewed it", { in: "general" });
    await reads(world, /^Cara has reviewed it\.$/);
    await tell(world, "pull_request", pull(3, "ben", { state: "closed", merged: true }, "closed"));
    await reads(world, /^It is merged\.$/);
    expect((await card(world, 2)).card?.buttons).toHaveLength(1);
  });
});
