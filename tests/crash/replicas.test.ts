import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, ask, type StewardProcess, startSteward, until } from "../support/steward-process.ts";
import { freshHome, type Home, lookInto } from "./support/homes.ts";
import { wholeness } from "./support/wholeness.ts";

const entry = "tests/crash/support/serve-more.ts";
let home: Home;
let a: StewardProcess;
let b: StewardProcess;
const at = (process: StewardProcess) => String(process.url);

beforeAll(async () => {
  const STEWARD_CONFIG = new URL("support/steward.yaml", import.meta.url).pathname;
  home = { ...(await freshHome("postgres")), STEWARD_CONFIG };
  [a, b] = await Promise.all([startSteward(home, { entry }), startSteward(home, { entry })]);
});

afterAll(async () => {
  await Promise.all([a.end("SIGTERM"), b.end("SIGTERM")]);
  await lookInto(home, wholeness);
});

interface Card {
  readonly title: string;
  readonly outcome?: string;
  readonly buttons: readonly { readonly token: string; readonly style: string }[];
}

/** Copies of approval cards, newest last, as ben sees them at this address. */
async function cards(url: string, channel: string): Promise<Card[]> {
  const { body } = await ask(url, "ben", "GET", `/api/chat/${channel}/messages`);
  return (body.messages as { card?: Card }[]).flatMap(({ card }) => (card?.title.startsWith("Approve") ? [card] : []));
}

const done = (process: StewardProcess, runId: string) =>
  until(
    "the run has completed",
    20_000,
    async () => (await ask(at(process), "ana", "GET", `/api/workflows/status/${runId}`)).body.status === "completed",
  );

test("the same delivery sent to both starts one run", async () => {
  const create = (process: StewardProcess) =>
    ask(
      at(process),
      "ana",
      "POST",
      "/api/workflows/create",
      { name: "wait-a-second", context: { key: "both" } },
      "both",
    );
  const answers = await Promise.all([a, b, a, b].map(create));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  const runs = new Set(answers.map(({ body }) => body.workflowId as string));
  expect(runs.size).toBe(1);
  for (const run of runs) await done(b, run);
});

test("a timer fires once though both look for what is due", async () => {
  const keys = Array.from({ length: 20 }, (_, i) => `timer ${i}`);
  const runs = await Promise.all(
    keys.map((key, i) =>
      ask(at(i % 2 ? a : b), "ana", "POST", "/api/workflows/create", { name: "wait-a-second", context: { key } }, key),
    ),
  );
  for (const run of runs) await done(a, run.body.workflowId);
  await lookInto(home, async (query) => {
    const tickets = await query<{ title: string }>(
      "select detail::json->>'title' as title from steward.trial_operation where kind = 'ticket' and detail::json->>'title' like 'timer %'",
    );
    expect(tickets.map(({ title }) => title).sort()).toEqual([...keys].sort());
    const fired = await query(
      "select 1 from steward.mail m join steward.actor a on a.id = m.actor_id where a.name like 'wait timer %' and m.key like 'timer:%'",
    );
    expect(fired.length).toBe(20);
  });
});

test("a press at A redraws within two seconds what B shows", async () => {
  await ask(at(a), "ana", "POST", "/api/chat/ops/messages", { text: "/steward restart billing in production" });
  const token = await until(
    "a card at B",
    10_000,
    async () => (await cards(at(b), "approvals")).at(-1)?.buttons.find(({ style }) => style === "primary")?.token,
  );
  expect((await ask(at(a), "ben", "POST", "/api/chat/presses", { token })).body).toMatchObject({ outcome: "approved" });
  for (const channel of ["approvals", "ops"])
    await until(`the settled card in #${channel} at B`, 2000, async () => {
      const card = (await cards(at(b), channel)).at(-1);
      return card?.buttons.length === 0 && card.outcome?.startsWith("Approved by Ben");
    });
  await until("the run has ended", 20_000, async () =>
    (await ask(at(b), "ana", "GET", "/api/runs")).body.runs.every((run: { done: boolean }) => run.done),
  );
});

test("two people press at once, each at another replica: one decision, one effect", async () => {
  const keys = Array.from({ length: 20 }, (_, i) => `race ${i}`);
  const runs = await Promise.all(
    keys.map((key, i) =>
      ask(at(i % 2 ? a : b), "ana", "POST", "/api/workflows/create", { name: "asked-ticket", context: { key } }, key),
    ),
  );
  const gates = await until("twenty gates to press", 20_000, async () => {
    const { body } = await ask(at(b), "ben", "GET", "/api/gates");
    const open = (body.gates as { id: string; title: string }[]).filter(({ title }) => title.includes("race "));
    return open.length === keys.length && open;
  });
  const approved: string[] = [];
  await Promise.all(
    gates.map(async ({ id, title }, i) => {
      // Both approve, or one of them denies, whichever replica hears which.
      const decisions = [
        ["approve", "approve"],
        ["approve", "deny"],
        ["deny", "approve"],
        ["deny", "deny"],
      ][i % 4] as [string, string];
      const press = (by: string, process: StewardProcess, decision: string) =>
        ask(at(process), by, "POST", `/api/gates/${id}/decision`, {
          decision,
          ...(decision === "deny" ? { reason: "not now" } : {}),
        });
      const [first, second] = i % 8 < 4 ? [a, b] : [b, a];
      const answers = await Promise.all([press("ben", first, decisions[0]), press("bob", second, decisions[1])]);
      expect(answers.map(({ status }) => status).sort(), JSON.stringify(answers)).toEqual([200, 403]);
      expect(answers.find(({ status }) => status === 403)?.body.because).toBe("already-decided");
      if (answers.find(({ status }) => status === 200)?.body.outcome === "approved")
        approved.push(title.replace(/^.*race/, "race"));
    }),
  );
  const runIds = runs.map(({ body }) => body.workflowId as string);
  await lookInto(home, async (query) => {
    await until("every run has ended", 30_000, async () => {
      const left = await query("select 1 from steward.actor where id = any ($1::uuid[]) and not done", [runIds]);
      return left.length === 0;
    });
    const votes = await query(
      "select 1 from steward.vote v join steward.gate g on g.id = v.gate_id where g.run_id = any ($1::uuid[])",
      [runIds],
    );
    expect(votes.length).toBe(keys.length);
    const tickets = await query<{ title: string }>(
      "select detail::json->>'title' as title from steward.trial_operation where kind = 'ticket' and detail::json->>'title' like 'race %'",
    );
    expect(tickets.map(({ title }) => title).sort()).toEqual(approved.sort());
  });
});

test("deliveries that come three times, out of order and at both, count once", async () => {
  const thrice = async (path: string, person: string, body: unknown, key: string): Promise<Answer[]> =>
    Promise.all([a, b, a].map((process) => ask(at(process), person, "POST", path, body, key)));
  const before = (await ask(at(a), "cara", "GET", "/api/runs?limit=200")).body.runs.length as number;
  const said = await thrice(
    "/api/chat/ops/messages",
    "ana",
    { text: "/steward restart website in production" },
    "said-1",
  );
  expect(new Set(said.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
  const token = await until("a card", 10_000, async () => {
    const asked = (await cards(at(a), "approvals")).find(({ title }) => title.includes("restart website"));
    return asked?.buttons.find(({ style }) => style === "primary")?.token;
  });
  const own = () => thrice("/api/chat/presses", "ana", { token }, "own");
  const bens = () => thrice("/api/chat/presses", "ben", { token }, "bens");
  const first = await own();
  expect(first.map(({ body }) => body.because)).toEqual(["own-request", "own-request", "own-request"]);
  const approved = await bens();
  expect(approved.map(({ body }) => body.outcome)).toEqual(["approved", "approved", "approved"]);
  // What was delivered first comes once more at the end, and is answered as it was then.
  expect((await own()).map(({ body }) => body.because)).toEqual(["own-request", "own-request", "own-request"]);
  await thrice("/api/chat/ops/messages", "ana", { text: "/steward restart website in production" }, "said-1");
  expect((await bens()).map(({ body }) => body.outcome)).toEqual(["approved", "approved", "approved"]);
  await until("every run has ended", 20_000, async () =>
    (await ask(at(b), "cara", "GET", "/api/runs?limit=200")).body.runs.every((run: { done: boolean }) => run.done),
  );
  expect((await ask(at(a), "cara", "GET", "/api/runs?limit=200")).body.runs.length).toBe(before + 1);
  expect((await ask(at(b), "cara", "GET", "/api/audit/verify")).body.ok).toBe(true);
  await lookInto(home, async (query) => {
    expect(
      await query(
        "select restarts from steward.trial_instance where service = 'website' and environment = 'production'",
      ),
    ).toEqual([1, 2, 3].map(() => ({ restarts: 1 })));
    expect(
      (await query("select 1 from steward.inbox where delivery_key ~ '^(ana:own|ben:bens):[0-9a-f]{64}$'")).length,
    ).toBe(2);
    expect(
      (await query("select 1 from steward.web_post where view like '%restart website in production\"}'")).length,
    ).toBe(1);
    // One private refusal, however often the refused press came.
    expect((await query("select 1 from steward.message where private_to = 'ana'")).length).toBe(1);
  });
});
