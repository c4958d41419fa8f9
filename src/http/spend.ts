import { Hono } from "hono";
import { z } from "zod";
import type { Env, Settings } from "./app.ts";
import { readQuery } from "./body.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { noRun, runIdOf, runName } from "./run-id.ts";

const Query = z.object({
  run: runName().optional(),
  person: z.string().max(64).optional(),
});

/** What models cost: of each cap how much is used and held back, and every call of a run. For those who may read the audit. */
export function spendDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", async (c) => {
    const { by } = personOrKey(c, "audit:read");
    if (by !== null && !ports.people.permits(by, "read-audit")) {
      await ports.audit.refuse({ tenant, stream: "auth", because: "not-an-auditor", by: by.id, door: "spend" });
      return problem(c, 403, `${by.name} may not read what models cost: managers and auditors may.`, {
        because: "not-an-auditor",
      });
    }
    const { run, person: personId } = readQuery(c, Query);
    const runId = run === undefined ? undefined : await runIdOf(ports, tenant, run);
    if (runId === null) throw noRun(run ?? "");
    const of = { ...(runId === undefined ? {} : { runId }), ...(personId === undefined ? {} : { personId }) };
    const [budgets, calls] = await Promise.all([
      ports.spend.spend(tenant, of),
      runId === undefined ? [] : ports.spend.calls(tenant, runId),
    ]);
    return c.json({ budgets, ...(runId === undefined ? {} : { calls }) });
  });
  return door;
}
