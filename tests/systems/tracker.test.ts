import { describe, expect, test } from "vitest";
import { githubKeeper } from "../../src/systems/github/keeper.ts";
import { trackerTools } from "../../src/systems/tracker/tools.ts";
import { callTool, localSystem } from "./local-server.ts";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

/** GitHub with one issue, as the account steward-bot (or an app, which is nobody's account) sees it. */
async function tracked({ app = false }: { readonly app?: boolean } = {}) {
  const comments: Comment[] = [];
  let state = "open";
  let broken: "before" | "after" | null = null;
  const user = { login: "steward-bot", type: app ? "Bot" : "User" };
  const system = await localSystem(({ method, path, query, body }) => {
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
        comments.push({ id: comments.length + 1, body: body.body, user });
        return { status: 201, body: comments.at(-1) };
      }
      if (method === "PATCH" && edited) {
        const comment = comments.find(({ id }) => id === Number(edited[1]));
        if (comment === undefined) return { status: 404, body: { message: "Not Found" } };
        comment.body = body.body;
        return { body: comment };
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
    tools: trackerTools({
      ticketOf: async () => ({ repository: "acme/shop", number: 7, title: "It burns" }),
      keeper: async () => githubKeeper({ token: "ghp_secret", url: system.url }),
      egress: [],
    }),
  };
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
    const parts = { ticketOf: async () => null, keeper: async () => null, egress: [] };
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
