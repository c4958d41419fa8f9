import { describe, expect, test } from "vitest";
import { riskOf } from "../../src/domain/tool.ts";
import { githubKeeper } from "../../src/systems/github/keeper.ts";
import { jiraKeeper } from "../../src/systems/jira/keeper.ts";
import { trackerTools } from "../../src/systems/tracker/tools.ts";
import { bot, jiraSite } from "./jira-site.ts";
import { callTool, localSystem, meetingOf, toolNamed } from "./local-server.ts";

/** Where there is no Jira. */
const nowhere = {
  jira: { projects: [], keeper: async () => null },
  address: (path: string) => `https://steward.example${path}`,
};

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

/** GitHub with one issue, as the account steward-bot (or an app, which is nobody's account) sees it. */
async function tracked({ app = false }: { readonly app?: boolean } = {}) {
  const comments: Comment[] = [];
  let state = "open";
  let commented = 0;
  let broken: "before" | "after" | null = null;
  let mayDelete = true;
  let meet = async () => {};
  const user = { login: "steward-bot", type: app ? "Bot" : "User" };
  const system = await localSystem(async ({ method, path, query, body }) => {
    if (method === "GET" && path.endsWith("/comments")) await meet();
    if (method !== "GET" && broken === "before") return { cut: true };
    const answer = act();
    return method !== "GET" && broken === "after" ? { cut: true } : answer;

    function act() {
      const issue = "/repos/acme/shop/issues/7";
      const edited = /^\/repos\/acme\/shop\/issues\/comments\/(\d+)$/.exec(path);
      if (path === "/user")
        return app ? { status: 403, body: { message: "Resource not accessible by integration" } } : { body: user };
      if (path === `${issue}/comments` && method === "GET") {
        const [size, page] = [Number(query.get("per_page")), Number(query.get("page"))];
        return { body: comments.slice((page - 1) * size, page * size) };
      }
      if (path === `${issue}/comments`) {
        commented = Math.max(commented, ...comments.map(({ id }) => id)) + 1;
        comments.push({ id: commented, body: body.body, user });
        return { status: 201, body: comments.at(-1) };
      }
      if (method === "PATCH" && edited) {
        const comment = comments.find(({ id }) => id === Number(edited[1]));
        if (comment === undefined) return { status: 404, body: { message: "Not Found" } };
        comment.body = body.body;
        return { body: comment };
      }
      if (method === "DELETE" && edited) {
        const at = comments.findIndex(({ id }) => id === Number(edited[1]));
        if (!mayDelete) return { status: 403, body: { message: "Must have admin rights to Repository." } };
        if (at === -1) return { status: 404, body: { message: "Not Found" } };
        comments.splice(at, 1);
        return { status: 204 };
      }
      if (method === "PATCH" && path === issue) {
        state = body.state;
        return { body: { number: 7, state } };
      }
      return { status: 404, body: { message: "Not Found" } };
    }
  });
  return {
    ...system,
    comments,
    state: () => state,
    breaks: (when: typeof broken) => {
      broken = when;
    },
    /** The next who look at the comments see them when this many look. */
    gathers: (many: number) => {
      meet = meetingOf(many);
    },
    forbidsDeleting: () => {
      mayDelete = false;
    },
    tools: replica(),
    /** The same from another process. */
    other: replica(),
  };

  function replica() {
    return trackerTools({
      ticketOf: async () => ({ repository: "acme/shop", number: 7, title: "It burns" }),
      keeper: async () => githubKeeper({ token: "ghp_secret", url: system.url }),
      egress: [],
      ...nowhere,
    });
  }
}

// callTool calls as the run a1.
const mark = "\n\n<!-- steward:run:a1 -->";

describe("the issue that a run was begun from", () => {
  test.each([{ app: false }, { app: true }])(
    "has one comment that is kept up to date, and is closed (%j)",
    async (who) => {
      const github = await tracked(who);
      for (let id = 1; id <= 120; id++) github.comments.push({ id, body: "hm", user: { login: "eve", type: "User" } });
      for (const text of ["Seen.", "Ben has taken it.", "Ben has taken it."])
        expect(await callTool(github.tools, "tracker.show", { text })).toEqual({
          done: true,
          where: "acme/shop #7",
          because: "GitHub",
        });
      expect(github.comments.slice(120).map(({ body }) => body)).toEqual([`Ben has taken it.${mark}`]);
      expect(github.asked.filter(({ method }) => method === "PATCH")).toHaveLength(1);
      expect(await callTool(github.tools, "tracker.close", {})).toMatchObject({ done: true });
      expect(github.state()).toBe("closed");
    },
  );

  test.each(["before", "after"] as const)(
    "is commented once when the connection breaks %s it is written",
    async (when) => {
      const github = await tracked();
      github.breaks(when);
      expect(await callTool(github.tools, "tracker.show", { text: "Seen." })).toMatchObject({ code: "tool-failed" });
      github.breaks(null);
      expect(await callTool(github.tools, "tracker.show", { text: "Seen." })).toMatchObject({ done: true });
      expect(github.comments.map(({ body }) => body)).toEqual([`Seen.${mark}`]);
    },
  );

  test("is told one thing after the other by steps that tell it at once", async () => {
    const github = await tracked();
    const texts = ["Seen.", "Ben has taken it.", "It is over."];
    await Promise.all(texts.map((text) => callTool(github.tools, "tracker.show", { text })));
    expect(github.comments.map(({ body }) => body)).toEqual([`It is over.${mark}`]);
    const writes = github.asked.filter(({ method }) => method !== "GET").map(({ method, body }) => [method, body.body]);
    expect(writes).toEqual([
      ["POST", `Seen.${mark}`],
      ["PATCH", `Ben has taken it.${mark}`],
      ["PATCH", `It is over.${mark}`],
    ]);
  });

  test.each([true, false])(
    "is left with one note when two replicas tell it at once (they may delete: %s)",
    async (may) => {
      const github = await tracked();
      github.comments.push({ id: 1, body: "hm", user: { login: "eve", type: "User" } });
      if (!may) github.forbidsDeleting();
      github.gathers(2);
      const answers = await Promise.all([
        callTool(github.tools, "tracker.show", { text: "Seen." }),
        callTool(github.other, "tracker.show", { text: "Ben has taken it." }),
      ]);
      expect(answers).toMatchObject([{ done: true }, { done: true }]);
      expect(github.asked.filter(({ method }) => method === "POST")).toHaveLength(2);
      await callTool(github.other, "tracker.show", { text: "It is over." });
      const over = `It is over.${mark}`;
      expect(github.comments.slice(1)).toMatchObject(
        may
          ? [{ id: 2, body: over }]
          : [
              { id: 2, body: over },
              { id: 3, body: over },
            ],
      );
    },
  );

  test("has no more notes than GitHub lets us look for", async () => {
    const github = await tracked();
    for (let id = 1; id <= 2000; id++) github.comments.push({ id, body: "hm", user: { login: "eve", type: "User" } });
    expect(await callTool(github.tools, "tracker.show", { text: "Seen." })).toMatchObject({
      code: "bad-request",
      message: "acme/shop #7 has more than 2000 comments: none is added to it.",
    });
    expect(github.comments).toHaveLength(2000);
  });

  test("is not written into what somebody else wrote with our mark", async () => {
    const github = await tracked();
    github.comments.push({ id: 1, body: `Mine.${mark}`, user: { login: "eve", type: "User" } });
    await callTool(github.tools, "tracker.show", { text: "Seen." });
    expect(github.comments.map(({ body }) => body)).toEqual([`Mine.${mark}`, `Seen.${mark}`]);
  });

  test("gets words as they are: nobody is called, nothing is linked", async () => {
    const github = await tracked();
    await callTool(github.tools, "tracker.show", {
      text: "@octocat see #1, [x](https://evil.example) <img src=x> `a`",
    });
    const [written] = github.comments;
    expect(written?.body).toBe(
      `&#64;octocat see &#35;1, &#91;x&#93;(https:&#47;/evil.example) &#60;img src=x&#62; &#96;a&#96;${mark}`,
    );
  });

  test("is left alone where nobody may write, or where there is none, and that is said", async () => {
    const parts = { ticketOf: async () => null, keeper: async () => null, egress: [], ...nowhere };
    expect(await callTool(trackerTools(parts), "tracker.show", { text: "Seen." })).toEqual({
      done: false,
      where: "",
      because: "This run was not begun from an issue.",
    });
    const ticket = { repository: "acme/shop", number: 7, title: "It burns" };
    expect(await callTool(trackerTools({ ...parts, ticketOf: async () => ticket }), "tracker.close", {})).toEqual({
      done: false,
      where: "acme/shop #7",
      because: "No account to write there is configured.",
    });
  });
});

/** A Jira site with the ticket OPS-1, and the tools of an installation that may write on tickets of these projects. */
async function ticketed({ projects = ["OPS"] }: { readonly projects?: readonly string[] } = {}) {
  const site = await jiraSite();
  return {
    ...site,
    tools: replica(),
    /** The same from another process. */
    other: replica(),
    says: (text: string, ticket = "OPS-1") =>
      callTool(site.tools, "jira.comment", { issue: ticket, text }).then(() => undefined),
  };

  function replica() {
    return trackerTools({
      ...nowhere,
      ticketOf: async () => null,
      keeper: async () => null,
      egress: [],
      jira: { projects, keeper: async () => jiraKeeper(site.access, projects) },
    });
  }
}

// callTool calls as the run a1.
const page = "https://steward.example/runs/a1";
const written = (text: string) => ({
  type: "doc",
  version: 1,
  content: [
    { type: "paragraph", content: [{ type: "text", text }] },
    {
      type: "paragraph",
      content: [{ type: "text", text: page, marks: [{ type: "link", attrs: { href: page } }] }],
    },
  ],
});

describe("the ticket that a run names", () => {
  test("has one comment among many that is kept up to date and leads to the run's page", async () => {
    const jira = await ticketed();
    for (let n = 1; n <= 120; n++) await jira.says(`hm ${n}`);
    for (const text of ["Asked.", "Done.", "Done."])
      expect(await callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text })).toEqual({
        done: true,
        where: "OPS-1",
        because: "Jira",
      });
    expect(jira.comments.slice(120).map(({ body }) => body)).toEqual([written("Done.")]);
    expect(jira.asked.filter(({ method }) => method === "PUT")).toHaveLength(1);
    // Customers of a service desk do not see it.
    expect(jira.comments[120]?.properties).toContainEqual({ key: "sd.public.comment", value: { internal: true } });
  });

  test.each(["before", "after"] as const)(
    "is commented once when the connection breaks %s it is written",
    async (when) => {
      const jira = await ticketed();
      const show = () => callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text: "Asked." });
      jira.breaks(when);
      expect(await show()).toMatchObject({ code: "tool-failed" });
      jira.breaks(null);
      expect(await show()).toMatchObject({ done: true });
      expect(jira.comments.map(({ body }) => body)).toEqual([written("Asked.")]);
    },
  );

  test("is told one thing after the other by steps that tell it at once, and by two replicas in one comment", async () => {
    const jira = await ticketed();
    const show = (text: string, tools = jira.tools) => callTool(tools, "tracker.show", { ticket: "OPS-1", text });
    const writes = () =>
      jira.asked.flatMap(({ method, path }) => (path.includes("/comment") && method !== "GET" ? [method] : []));
    await Promise.all([show("Asked."), show("Begun."), show("Done.")]);
    expect(jira.comments.map(({ body }) => body)).toEqual([written("Done.")]);
    expect(writes().filter((method) => method !== "POST")).toEqual(["PUT", "PUT"]);
    jira.comments.splice(0);
    jira.gathers(2);
    expect(await Promise.all([show("Asked."), show("Begun.", jira.other)])).toMatchObject([
      { done: true },
      { done: true },
    ]);
    expect(writes()).toContain("DELETE");
    expect(jira.comments).toMatchObject([{ id: "2" }]);
    await show("Done.");
    expect(jira.comments).toMatchObject([{ id: "2", body: written("Done.") }]);
  });

  test("waits for who was first, and is not told what was given up meanwhile", async () => {
    const jira = await ticketed();
    const given = new AbortController();
    const first = callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text: "Asked." });
    const tool = toolNamed(jira.tools, "tracker.show");
    const call = { tenant: "default", effectId: "0190-effect", actorId: "a1", runId: "a1", requesterId: null };
    const args = { ticket: "OPS-1", text: "Too late." };
    const second = tool.run({ ...call, args, signal: given.signal, progress: () => undefined } as never);
    given.abort();
    await expect(second).rejects.toThrow();
    await first;
    expect(jira.comments.map(({ body }) => body)).toEqual([written("Asked.")]);
    expect(jira.asked.filter(({ method }) => method === "PUT")).toEqual([]);
  });

  test("is left with one comment when two say it at once, and when a write that was given up is done after all", async () => {
    const jira = await ticketed();
    const show = (text: string) => callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text });
    await Promise.all([show("Asked."), show("Asked.")]);
    expect(jira.comments.map(({ body }) => body)).toEqual([written("Asked.")]);
    const [first] = jira.comments;
    if (first === undefined) throw new Error("Nothing was written.");
    jira.comments.push({ ...first, id: "7", body: written("Too late.") });
    await show("Done.");
    expect(jira.comments).toEqual([{ ...first, body: written("Done.") }]);
    // Where the account may not delete, no comment says what is no longer so.
    jira.forbidsDeleting();
    jira.comments.push({ ...first, id: "8", body: written("Too late.") });
    expect(await show("Done again.")).toMatchObject({ done: true });
    expect(jira.comments.map(({ body }) => body)).toEqual([written("Done again."), written("Done again.")]);
  });

  test("is not written on any more once its call was given up", async () => {
    const jira = await ticketed();
    const given = new AbortController();
    const keeper = jiraKeeper(jira.access, ["OPS"]);
    given.abort();
    const note = { ticket: { key: "OPS-1" }, mark: "a1", page, text: "Asked.", signal: given.signal };
    await expect(keeper.show(note)).rejects.toThrow();
    expect(jira.comments).toEqual([]);
  });

  test("has a comment of its own for each run, and nobody else's with our mark is changed", async () => {
    const jira = await ticketed();
    const properties = [{ key: "steward.run", value: "a1" }];
    const hers = { id: "1", author: { accountId: "eve" }, body: written("Mine."), properties, created: "" };
    jira.comments.push(hers);
    await callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text: "Asked." });
    const other = { ticket: { key: "OPS-1" }, mark: "b2", page: "https://steward.example/runs/b2", text: "Too." };
    await jiraKeeper(jira.access, ["OPS"]).show({ ...other, signal: new AbortController().signal });
    expect(jira.comments.map(({ author }) => author.accountId)).toEqual(["eve", bot.accountId, bot.accountId]);
    expect(jira.comments[0]?.body).toEqual(written("Mine."));
    expect(jira.comments[1]?.body).toEqual(written("Asked."));
  });

  test("has a note for each thing that one run says it is about", async () => {
    const jira = await ticketed();
    const show = (text: string, about?: string) =>
      callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text, ...(about && { about }) });
    await Promise.all([show("Asked.", "restart checkout"), show("Asked too.", "restart search"), show("All.")]);
    await show("Done.", "restart checkout");
    expect(jira.comments.map(({ body }) => body)).toEqual(["Done.", "Asked too.", "All."].map(written));
  });

  test("gets words as they are: nobody is called, no macro runs, nothing is linked", async () => {
    const jira = await ticketed();
    const text = "[~ana] {code}x{code} !a.png! [x|https://evil.example]\u202e\u0007 @ben";
    await callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text });
    expect(jira.comments[0]?.body).toEqual(written("[~ana] {code}x{code} !a.png! [x|https: //evil.example]  @ben"));
  });

  test("gets the beginning of what is too long for a note", async () => {
    const jira = await ticketed();
    await callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text: "x".repeat(5000) });
    expect(jira.comments.map(({ body }) => body)).toEqual([written(`${"x".repeat(3999)}…`)]);
  });

  test("is left alone where its project is not named in the configuration, also when it was moved there", async () => {
    const jira = await ticketed();
    expect(await callTool(jira.tools, "tracker.show", { ticket: "SEC-1", text: "Asked." })).toEqual({
      done: false,
      where: "SEC-1",
      because: "The project SEC is not among connectors.jira.projects in steward.yaml.",
    });
    expect(jira.asked).toEqual([]);
    Object.assign(jira.issues.get("OPS-1")?.fields ?? {}, { project: { key: "SEC" } });
    expect(await callTool(jira.tools, "tracker.show", { ticket: "OPS-1", text: "Asked." })).toMatchObject({
      code: "bad-request",
      message: expect.stringMatching(/^OPS-1 is in the project SEC, which is not among connectors\.jira\.projects/),
    });
    expect(jira.comments).toEqual([]);
  });

  test("is not chosen by what came from outside unless a person sees it", async () => {
    const { tools } = await ticketed();
    const args = { ticket: "OPS-1", text: "Asked." };
    expect(riskOf(toolNamed(tools, "tracker.show"), args, ["text"])).toBe("write");
    expect(riskOf(toolNamed(tools, "tracker.show"), args, ["ticket"])).toBe("dangerous");
    expect(toolNamed(tools, "tracker.show").params.safeParse({ ...args, ticket: "OPS-1/../x" }).success).toBe(false);
  });
});
