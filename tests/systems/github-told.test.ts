import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { type ToldSources, toldTools } from "../../src/systems/github/told.ts";
import { callTool, localSystem } from "./local-server.ts";

const build = (number: number, conclusion: string, sha = `${number}`.repeat(8)): JsonObject => ({
  group: "acme/shop/CI@main",
  repository: "acme/shop",
  number,
  conclusion,
  sha,
  message: `change ${number}`,
  author: "Octo Cat",
  url: `https://github.com/acme/shop/actions/runs/${number}`,
});
const sources = (told: readonly JsonObject[], more: Partial<ToldSources> = {}): ToldSources => ({
  told: async () => told.map((data) => ({ at: "2026-05-01T12:00:00.000Z", data })),
  ownerOf: () => null,
  holders: async () => [],
  access: null,
  ...more,
});
const asked = { group: "acme/shop/CI@main", repository: "acme/shop", number: 4 };
const builds = [build(4, "failure"), build(3, "failure"), build(2, "success"), build(1, "failure")];

describe("what was built since it was good", () => {
  test("as the builds told it", async () => {
    expect(await callTool(toldTools(sources(builds)), "builds.since", asked)).toMatchObject({
      lastGood: { number: 2 },
      failures: 2,
      commits: [
        { sha: "33333333", message: "change 3" },
        { sha: "44444444", message: "change 4" },
      ],
      owner: null,
      summary: "2 builds failed; build 2 of 2026-05-01 12:00 UTC was good.",
    });
  });

  test("a build that was good and is not when it is run again has failed since", async () => {
    const again = { ...build(4, "failure"), order: 4002 };
    const told = toldTools(sources([again, { ...build(4, "success"), order: 4001 }, build(3, "failure")]));
    expect(await callTool(told, "builds.since", asked)).toMatchObject({ lastGood: { number: 4 }, failures: 1 });
  });

  test("with every commit where GitHub can be asked, and of no other repository than the one that told", async () => {
    const github = await localSystem(() => ({
      body: {
        commits: [3, 4].map((n) => ({
          sha: `${n}`.repeat(40),
          html_url: `https://github.com/acme/shop/commit/${n}`,
          commit: { message: `the change ${n}\n\nand why`, author: { name: "Octo Cat" } },
          author: { login: "octocat" },
        })),
      },
    }));
    const tools = toldTools(sources(builds, { access: { token: "t", url: github.url } }));
    const found = await callTool(tools, "builds.since", { ...asked, repository: "someone/else" });
    expect(found.commits).toEqual([
      { sha: "444444444444", message: "the change 4", author: "octocat", url: "https://github.com/acme/shop/commit/4" },
      { sha: "333333333333", message: "the change 3", author: "octocat", url: "https://github.com/acme/shop/commit/3" },
    ]);
    expect(github.asked.map(({ path }) => path)).toEqual(["/repos/acme/shop/compare/22222222...44444444"]);
  });

  test("GitHub says no: what the builds told is enough", async () => {
    const github = await localSystem(() => ({ status: 404, body: { message: "Not Found" } }));
    const tools = toldTools(sources(builds, { access: { token: "t", url: github.url } }));
    expect((await callTool(tools, "builds.since", asked)).commits).toHaveLength(2);
    expect(github.asked).toHaveLength(1);
  });

  test("nothing is known: it says so", async () => {
    expect(await callTool(toldTools(sources([])), "builds.since", asked)).toMatchObject({
      lastGood: null,
      summary: "0 builds failed; no good build is known.",
    });
  });
});

describe("a bug", () => {
  const known = ["Cart total is wrong", "Search is slow", "Logo is blurred"].map((title, i) => ({
    group: `acme/shop#${i}`,
    title,
    body: "",
    number: i,
    state: "open",
    url: `https://github.com/acme/shop/issues/${i}`,
  }));
  const judge = (title: string, body = "") =>
    callTool(toldTools(sources(known)), "issues.triage", {
      group: "acme/shop#9",
      repository: "acme/shop",
      title,
      body,
      labels: ["bug"],
    });

  test.each([
    ["Passwords leak data into the log", "critical"],
    ["Nobody can pay", "critical"],
    ["Checkout crashes with an empty cart", "high"],
    ["Checkout crashes when the cart is empty @everyone @acme/security", "high"],
    ["Everyone likes the new logo", "medium"],
    ["Checkout is slow for everyone", "critical"],
    ["Typo on the home page", "low"],
    ["The filter forgets what I chose", "medium"],
  ])("“%s” is %s", async (title, severity) => expect(await judge(title)).toMatchObject({ severity }));

  test("is compared with what is known", async () => {
    expect((await judge("Cart total is negative")).similar).toMatchObject([{ number: 0 }]);
    expect((await judge("Mails are not sent")).similar).toEqual([]);
  });
});
