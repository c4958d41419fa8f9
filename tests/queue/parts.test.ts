import { PgBoss } from "pg-boss";
import { expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import type { NewJob } from "../../src/orchestrator/queue.ts";
import { openQueue } from "../../src/queue/boss.ts";
import { jobParts } from "../../src/queue/parts.ts";
import { openFresh } from "../support/fresh.ts";

test("a job written with a batch is the row that pg-boss itself would write", async () => {
  const db = await openFresh();
  const queue = await openQueue(db, console.error);
  const boss = new PgBoss({
    db: {
      executeSql: async (text: string, values?: unknown[]) => ({
        rows: values?.length ? await db.query(text, values) : await db.script(text),
      }),
    },
    schema: "pgboss",
    createSchema: false,
  });
  const theirs = newId();
  const ours: NewJob = { queue: "effect", id: newId(), mine: false, data: { effect: "x" } };
  await boss.start();
  await boss.insert("effect", [{ id: theirs, data: { effect: "x" } }]);
  const { queued } = jobParts([ours], []);
  const source = `from json_to_recordset($1::json) as r(${queued.columns})`;
  await db.query(queued.sql.replace("FROM r", source), [JSON.stringify(queued.rows)]);
  const rowOf = async (id: string) => {
    const [row] = await db.query<{ row: Record<string, unknown> }>(
      "select to_jsonb(j) as row from pgboss.job j where id = $1",
      [id],
    );
    const { id: _, created_on, start_after, keep_until, ...rest } = row?.row ?? {};
    const ms = (value: unknown) => Date.parse(String(value));
    return { ...rest, waits: ms(start_after) - ms(created_on), kept: ms(keep_until) - ms(start_after) };
  };
  expect(await rowOf(ours.id)).toEqual(await rowOf(theirs));
  await boss.stop({ graceful: false, close: false });
  await queue.stop(0);
  await db.close();
});
