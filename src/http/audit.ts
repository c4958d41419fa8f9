import type { Context } from "hono";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import type { Env, Settings } from "./app.ts";
import { readQuery } from "./body.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { noRun, runIdOf, runName } from "./run-id.ts";

/** A day, in UTC, or an instant. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], "write a day such as 2026-11-21, or an instant in ISO 8601")
  .transform((text) => new Date(text).toISOString());

const Query = z.object({
  actor: runName("a run, gate or task").optional(),
  stream: z.string().max(80).optional(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
  by: z.string().min(1).max(200).optional(),
  run: z.string().min(1).max(200).optional(),
  tool: z.string().min(1).max(200).optional(),
  kind: z.string().min(1).max(80).optional(),
  from: moment.optional(),
  until: moment.optional(),
  before: z.string().max(200).optional(),
});

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What was asked for, without what was not. */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** The record: entries of a stream, whether it is whole, and all of it as JSON lines. For those who may read it. */
export function auditDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();

  const refused = async (c: Context<Env>) => {
    const { by } = personOrKey(c, "audit:read");
    if (by === null || ports.people.permits(by, "read-audit")) return null;
    return refuse(c, by, "not-an-auditor", `${by.name} may not read the audit: managers and auditors may.`);
  };
  const refuse = async (c: Context<Env>, by: Person, because: string, sentence: string) => {
    await ports.audit.refuse({ tenant, stream: "auth", because, by: by.id, door: "audit" });
    return problem(c, 403, sentence, { because });
  };

  door.get("/", async (c) => {
    const no = await refused(c);
    if (no !== null) return no;
    const { actor, stream: named, after, limit, before, ...filter } = readQuery(c, Query);
    const id = actor === undefined ? undefined : await runIdOf(ports, tenant, actor);
    if (id === null) throw noRun(actor ?? "");
    const chosen = id === undefined ? named : `actor:${id}`;
    const isSearch = Object.values(filter).some((value) => value !== undefined);
    if (chosen === undefined && isSearch)
      return c.json(await ports.reads.search({ tenant, filter: given(filter), limit, ...given({ before }) }));
    if (chosen === undefined || isSearch)
      throw new Fault(
        "bad-request",
        "Say whose entries: ?actor=ID for a run, gate or task, or ?stream=auth, admin, ingress or process; or search all of them by any of by, run, tool, kind, from and until.",
      );
    return c.json({ stream: chosen, entries: await ports.reads.entries({ tenant, stream: chosen, after, limit }) });
  });

  door.get("/verify", async (c) => {
    const { by } = personOrKey(c, "audit:read");
    if (by !== null && by.kind !== "member")
      return refuse(c, by, by.kind, `${by.name} may not check the audit: members may.`);
    return c.json(await ports.audit.verify(tenant));
  });

  door.get("/export", async (c) => {
    const no = await refused(c);
    if (no !== null) return no;
    c.header("content-type", "application/x-ndjson; charset=utf-8");
    c.header("content-disposition", 'attachment; filename="steward-audit.jsonl"');
    return stream(c, async (out) => {
      for await (const line of ports.audit.export(tenant)) {
        if (out.aborted) return;
        await out.write(line);
      }
    });
  });
  return door;
}
