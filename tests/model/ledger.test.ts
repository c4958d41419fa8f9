import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import type { Asking, Outcome } from "../../src/model/ledger.ts";
import { modelLedger } from "../../src/store/model.ts";
import { type Databases, databases } from "./databases.ts";

const tenant = "default";
const roomy = { run: 1_000_000, person: 100_000_000, tenant: 100_000_000, day: 100_000_000 };

function asking(more: Partial<Asking> = {}): Asking {
  return {
    tenant,
    effectId: newId(),
    purpose: "turn",
    runId: newId(),
    personId: null,
    specialist: "data",
    task: "gather-incident",
    model: "m",
    requestHash: "h",
    micro: 100_000,
    pricedAs: "m since 2026-01-01",
    flagged: false,
    caps: roomy,
    ...more,
  };
}

function answered(text: string, micro: number): Outcome {
  const usage = { input: 10, output: 5, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, thinking: 0 };
  const content = [{ type: "text", text }];
  return {
    state: "answered",
    content,
    stopReason: "end_turn",
    answeredBy: "m",
    usage,
    micro,
    pricedAs: "m",
    flagged: false,
  };
}

describe.each(databases)("the ledger on %s", (_, open) => {
  let base: Databases;
  beforeAll(async () => {
    base = await open();
  });
  afterAll(() => base.close());
  const here = () => modelLedger(base.db);
  const there = () => modelLedger(base.other);
  const spentIn = async (runId: string) => {
    const [run] = await here().spend(tenant, { runId });
    return [run?.spentUsd, run?.reservedUsd];
  };
  const reserved = async (ledger: ReturnType<typeof here>, of: Asking) => {
    const got = await ledger.reserve(of);
    if (got.kind !== "reserved") throw new Error(`not reserved: ${got.kind}`);
    return got.callId;
  };

  test("what is asked is held back, and what it really cost is charged when it is answered", async () => {
    const one = asking({ personId: "ana" });
    const callId = await reserved(here(), one);
    expect(await spentIn(one.runId)).toEqual([0, 0.1]);
    expect(await here().settle(tenant, callId, answered("done", 1234))).toMatchObject({
      content: [{ type: "text", text: "done" }],
      effectMicro: 1234,
    });
    expect(await spentIn(one.runId)).toEqual([0.001234, 0]);
    const all = await here().spend(tenant, { runId: one.runId, personId: "ana" });
    expect(all.map(({ scope, spentUsd }) => [scope, spentUsd])).toEqual([
      ["run", 0.001234],
      ["person", 0.001234],
      ["tenant", 0.001234],
      ["day", 0.001234],
    ]);
  });

  test("the same question again gets the recorded answer, and nothing is asked or held back", async () => {
    const one = asking();
    await here().settle(tenant, await reserved(here(), one), answered("first", 10));
    expect(await there().reserve(one)).toMatchObject({
      kind: "answered",
      recorded: { content: [{ text: "first" }], effectMicro: 10 },
    });
    expect(await spentIn(one.runId)).toEqual([0.00001, 0]);
    const { recorded } = await there().answers(tenant, one.runId, [one.effectId]);
    expect(recorded.map((answer) => answer.stopReason)).toEqual(["end_turn"]);
    expect((await there().answers(tenant, newId(), [one.effectId])).recorded).toEqual([]);
  });

  test("fifty questions at once never hold back more than a cap allows", async () => {
    for (const scope of ["run", "person", "tenant", "day"] as const) {
      const runId = newId();
      const personId = `p-${scope}`;
      const used = (await here().spend(tenant, { runId, personId })).find((spend) => spend.scope === scope);
      const before = Math.round(((used?.spentUsd ?? 0) + (used?.reservedUsd ?? 0)) * 1e6);
      const caps = { ...roomy, run: 100_000_000, [scope]: before + 1_050_000 };
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          (n % 2 === 0 ? here() : there()).reserve(
            asking({ runId: scope === "run" ? runId : newId(), personId, caps }),
          ),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.kind === "reserved")).toHaveLength(10);
      const over = outcomes.filter((outcome) => outcome.kind === "over-budget");
      expect(over).toHaveLength(40);
      for (const one of over)
        expect(one).toEqual({
          kind: "over-budget",
          scope,
          spentMicro: before + 1_000_000,
          capMicro: before + 1_050_000,
          isHeld: true,
        });
    }
  });

  test("a failure that cost nothing gives back what was held", async () => {
    const one = asking();
    const callId = await reserved(here(), one);
    expect(await here().settle(tenant, callId, { state: "failed", because: "busy" })).toBeNull();
    expect(await spentIn(one.runId)).toEqual([0, 0]);
  });

  test("a call whose process died counts as spent whole, is asked once more, and then no more", async () => {
    const one = asking();
    await reserved(here(), one);
    await reserved(there(), one);
    expect(await spentIn(one.runId)).toEqual([0.1, 0.1]);
    expect(await here().reserve(one)).toEqual({ kind: "given-up" });
    expect(await spentIn(one.runId)).toEqual([0.2, 0]);
    expect((await here().calls(tenant, one.runId)).map((call) => [call.state, call.usd])).toEqual([
      ["lost", 0.1],
      ["lost", 0.1],
    ]);
  });

  test("of two processes that both ask, the first answer counts for both and each is paid once", async () => {
    const one = asking();
    const slow = await reserved(here(), one);
    const quick = await reserved(there(), one);
    await there().settle(tenant, quick, answered("quick", 20_000));
    expect(await here().settle(tenant, slow, answered("slow", 30_000))).toMatchObject({ content: [{ text: "quick" }] });
    // What was lost stays charged at what was held back: nobody may use its answer.
    expect(await spentIn(one.runId)).toEqual([0.12, 0]);
  });

  test("an answer that comes after it was given up for lost still counts when no other came", async () => {
    const one = asking();
    const slow = await reserved(here(), one);
    const quick = await reserved(there(), one);
    expect(await here().settle(tenant, slow, answered("slow", 30_000))).toMatchObject({ content: [{ text: "slow" }] });
    expect(await there().settle(tenant, quick, answered("quick", 20_000))).toMatchObject({
      content: [{ text: "slow" }],
    });
    expect(await spentIn(one.runId)).toEqual([0.05, 0]);
  });

  test("people let a run spend more, once for each time they said so", async () => {
    const one = asking({ caps: { ...roomy, run: 50_000 } });
    expect(await here().reserve(one)).toMatchObject({ kind: "over-budget", scope: "run" });
    const more = { ...one, effectId: newId(), scope: "run" as const, micro: 100_000 };
    await here().raise(more);
    expect(await there().raise(more)).toMatchObject({ scope: "run", capUsd: 0.15 });
    expect(await here().reserve(one)).toMatchObject({ kind: "reserved" });
  });

  test("a cap of a day or a month counts under that day or month", async () => {
    const one = asking({ caps: { ...roomy, day: 1 } });
    expect(await here().reserve(one)).toMatchObject({ kind: "over-budget", scope: "day" });
    const spends = await here().spend(tenant, { personId: "nobody" });
    const { at } = await here().answers(tenant, newId(), []);
    expect(spends.map(({ scope, key }) => [scope, key])).toEqual([
      ["tenant", at.slice(0, 7)],
      ["day", at.slice(0, 10)],
    ]);
  });

  test("what a tool's call costs is held once for its effect, whoever tries it, and charged or let go", async () => {
    const call = asking({ kind: "tool", purpose: "call", model: "http.pager.get", micro: 200_000 });
    const [one, two] = await Promise.all([here().reserve(call), there().reserve(call)]);
    expect([one.kind, two.kind].sort()).toEqual(["held", "reserved"]);
    expect((await here().reserve(call)).kind).toBe("held");
    expect(await spentIn(call.runId)).toEqual([0, 0.2]);
    const held = await there().held(tenant, call.effectId);
    expect(held).toMatchObject({ micro: 200_000 });
    const paid = { ...answered("", 200_000), content: [], usage: null };
    await here().settle(tenant, held?.callId ?? "", paid);
    await there().settle(tenant, held?.callId ?? "", paid);
    expect(await here().held(tenant, call.effectId)).toBeNull();
    expect((await there().reserve(call)).kind).toBe("answered");
    expect(await spentIn(call.runId)).toEqual([0.2, 0]);
    expect(await here().calls(tenant, call.runId)).toMatchObject([{ kind: "tool", usage: null, usd: 0.2 }]);
  });

  test("a tool's call that was lost counts, and however often it is tried again there is room or there is none", async () => {
    const call = asking({ kind: "tool", purpose: "call", micro: 300_000 });
    for (const spent of [0.3, 0.6, 0.9]) {
      const callId = await reserved(here(), call);
      await here().settle(tenant, callId, { state: "lost", because: "no answer", usage: null });
      expect(await spentIn(call.runId)).toEqual([spent, 0]);
    }
    expect(await here().reserve(call)).toMatchObject({ kind: "over-budget", scope: "run", isHeld: false });
  });
});
