import { expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

/** The same request, sent `times` times under one key, as a client that never heard the answer does. */
async function send(
  world: World,
  person: string,
  path: string,
  body: unknown,
  key: string,
  times = 3,
): Promise<{ status: number; body: unknown }[]> {
  const headers = { "x-steward-person": person, "content-type": "application/json", "idempotency-key": key };
  const once = async () => {
    const answer = await fetch(new URL(path, world.url), { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  return Promise.all(Array.from({ length: times }, once));
}

test.each(["pglite", "postgres"] as const)("what is delivered three times happens once, on %s", async (database) => {
  await using world = await startWorld({ database });
  const said = await send(world, "ana", "/api/chat/ops/messages", { text: "restart checkout in production" }, "said-1");
  expect(new Set(said.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const token = await world.eventually(async () => {
    const button = (await world.ben.sees("ops"))
      .flatMap((message) => message.card?.buttons ?? [])
      .find((each) => each.label === "Approve");
    expect(button).toBeDefined();
    return button && "token" in button ? button.token : "";
  });
  const pressed = await send(world, "ben", "/api/chat/presses", { token }, "press-1");
  for (const answer of pressed) expect(answer).toMatchObject({ status: 200, body: { outcome: "approved" } });
  // A press under another key is another press, and comes too late.
  expect(await send(world, "ben", "/api/chat/presses", { token }, "press-2", 1)).toMatchObject([
    { status: 403, body: { because: "already-decided" } },
  ]);
  await world.eventually(async () => expect(await world.run()).toMatchObject({ status: "completed" }));
  expect((await world.cara.get("/api/runs")).body.runs).toHaveLength(1);
  expect((await world.ana.sees("ops")).filter((message) => message.from === "ana")).toHaveLength(1);
  expect(
    await world.steward.db.query("select calls from steward.trial_operation where kind = 'services.restart'"),
  ).toEqual([{ calls: 1 }]);
});

test.each(["pglite", "postgres"] as const)(
  "of many who press at once one decides, and everybody is told, on %s",
  async (database) => {
    await using world = await startWorld({ database });
    await world.ana.says("I need read access to billing for 2 hours", { in: "ops" });
    const gate = await world.eventually(async () => {
      const { gates } = (await world.dan.get("/api/gates")).body;
      expect(gates).toHaveLength(1);
      return gates[0].id as string;
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? world.cara : world.dan).post(
          `/api/gates/${gate}/decision`,
          n % 4 < 2 ? { decision: "approve" } : { decision: "deny", reason: "no" },
        ),
      ),
    );
    expect(answers.filter(({ body }) => body.outcome === "approved" || body.outcome === "denied")).toHaveLength(1);
    for (const { status, body } of answers)
      expect(status === 200 || ["already-voted", "already-decided"].includes(body.because), JSON.stringify(body)).toBe(
        true,
      );
    await world.eventually(async () => expect((await world.run()).gates[0].state).toMatch(/approved|denied/));
  },
);
