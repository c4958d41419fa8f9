import { expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import { createLeader } from "../../src/store/chat.ts";
import { openWithTenant } from "../messages/database.ts";
import { passMs } from "../support/fresh.ts";

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

test("one leads at a time; who lets go, or is gone without a word, is followed by another", async () => {
  const db = await openWithTenant();
  const ended = new AbortController();
  const order: string[] = [];
  await db.query(
    "insert into leadership (name, holder, until_at) values ('gateway', $1, steward.now() + interval '12 s')",
    [newId()],
  );
  const letGo = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = createLeader(db).lead("gateway", ended.signal, async () => {
    order.push("first");
    begun.resolve();
    await letGo.promise;
    order.push("first let go");
    ended.abort();
  });
  const other = Promise.withResolvers<void>();
  const elsewhere = createLeader(db).lead("other", ended.signal, async (held) => {
    other.resolve();
    await untilAborted(held);
  });
  await other.promise;
  expect(order).toEqual([]);

  await passMs(db, 13_000);
  await begun.promise;
  const third = new AbortController();
  const following = Promise.withResolvers<void>();
  const last = createLeader(db).lead("gateway", third.signal, async (held) => {
    order.push("last");
    following.resolve();
    await untilAborted(held);
  });
  letGo.resolve();
  await following.promise;
  expect(order).toEqual(["first", "first let go", "last"]);
  third.abort();
  await Promise.all([first, elsewhere, last]);
  expect(await db.query("select name from leadership")).toEqual([]);
  await db.close();
});

test("a leader whose row somebody else holds is told within a beat", async () => {
  const db = await openWithTenant();
  const ended = new AbortController();
  const begun = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const leading = createLeader(db).lead("gateway", ended.signal, async (held) => {
    begun.resolve();
    await untilAborted(held);
    lost.resolve();
    ended.abort();
  });
  await begun.promise;
  await db.query("update leadership set holder = $1, until_at = steward.now() + interval '10 s'", [newId()]);
  await lost.promise;
  await leading;
  expect(await db.query("select 1 from leadership")).toHaveLength(1);
  await db.close();
});
