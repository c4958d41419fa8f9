import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { intents } from "../../intents/all.ts";
import { newId } from "../../src/domain/ids.ts";
import { createLearner } from "../../src/recognize/learner.ts";
import type { Database } from "../../src/store/database.ts";
import { lessonStore } from "../../src/store/learned.ts";
import { openFresh } from "../support/fresh.ts";

const tenant = "default";
const place = { platform: "web", channel: "ops", thread: "" };
let db: Database;
beforeAll(async () => {
  db = await openFresh();
  await db.query("insert into steward.tenant (id, name) values ($1, $1) on conflict do nothing", [tenant]);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.query("delete from steward.learned_example");
  await db.query("delete from steward.inbox");
});

const deliver = async (personId: string, text: string, outcome: string | null, id = newId()) => {
  await db.query(
    "insert into steward.inbox (tenant_id, id, source, delivery_key, kind, person_id, body, outcome) values ($1, $2, 'web', $3, 'message', $4, $5, $6)",
    [tenant, id, newId(), personId, JSON.stringify({ text, place }), outcome],
  );
  return id;
};
const keep = (personId: string, text: string, intent = "restart-service") =>
  lessonStore(db).keep({ tenant, id: newId(), personId, text, intent });
/** An id made so long ago. */
const ago = (ms: number) => {
  const hex = (Date.now() - ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
};

test("what was misunderstood is the person's own last question of the ten minutes before", async () => {
  const { misunderstood } = lessonStore(db);
  await deliver("ana", "long ago", "unknown", ago(11 * 60_000));
  await deliver("ben", "somebody else's", "unknown", ago(3000));
  await deliver("ana", "understood", "run:1", ago(2000));
  const now = newId();
  expect(await misunderstood(tenant, "ana", now)).toBeNull();
  const id = await deliver("ana", "wiggle it", "didYouMean", ago(5000));
  const found = await misunderstood(tenant, "ana", now);
  expect(found).toMatchObject({ id, text: "wiggle it", place });
  expect(Math.abs((found?.agoMs ?? 0) - 5000)).toBeLessThan(4000);
  expect(await misunderstood("elsewhere", "ana", now)).toBeNull();
});

test("the newest forty of one person are kept, and one delivery teaches once", async () => {
  const store = lessonStore(db);
  for (let i = 0; i < 43; i++) await keep("ana", `sentence ${i}`);
  await keep("ben", "his");
  const id = newId();
  for (const text of ["first", "second"]) await store.keep({ tenant, id, personId: "cara", text, intent: "help" });
  const all = await store.all(tenant);
  expect(all).toHaveLength(42);
  expect(all.filter(({ personId }) => personId === "ana").map(({ text }) => text)).not.toContain("sentence 2");
  expect(all.filter(({ personId }) => personId === "cara")).toEqual([
    { personId: "cara", text: "first", intent: "help" },
  ]);
  expect(await store.forget(tenant, "ana")).toBe(40);
  expect((await store.all(tenant)).map(({ personId }) => personId)).toEqual(["cara", "ben"]);
});

test("what one process was taught, another knows a few seconds later, and a new one at once", async () => {
  const faults: Error[] = [];
  const learner = () => createLearner(intents, lessonStore(db), (error) => faults.push(error));
  const other = learner();
  const hears = async (by: typeof other) =>
    (await by.guess(tenant))("wiggle checkout", { service: ["checkout"] })?.name;
  expect(await hears(other)).toBeUndefined();
  await keep("ana", "wiggle {name}");
  expect(await hears(learner())).toBe("restart-service");
  await expect.poll(() => hears(other), { timeout: 10_000 }).toBe("restart-service");
  await lessonStore(db).forget(tenant, "ana");
  await expect.poll(() => hears(other), { timeout: 10_000 }).toBeUndefined();
  expect(faults).toEqual([]);
}, 30_000);
