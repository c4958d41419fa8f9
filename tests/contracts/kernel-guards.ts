import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setup } from "xstate";
import { z } from "zod";
import * as gates from "../../machines/gate.ts";
import { Fault } from "../../src/domain/fault.ts";
import { deriveId, newId } from "../../src/domain/ids.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { type AnyTool, defineTool } from "../../src/domain/tool.ts";
import { createCourier } from "../../src/messages/courier.ts";
import { createPurse } from "../../src/model/purse.ts";
import { createKernel, type Kernel } from "../../src/orchestrator/kernel.ts";
import { loadMachine } from "../../src/orchestrator/machine.ts";
import type { Queue } from "../../src/orchestrator/queue.ts";
import type { Writes } from "../../src/orchestrator/store.ts";
import { openQueue } from "../../src/queue/boss.ts";
import { jobParts } from "../../src/queue/parts.ts";
import { kernelStore } from "../../src/store/kernel.ts";
import { createMessageStore } from "../../src/store/messages.ts";
import { modelLedger } from "../../src/store/model.ts";
import { holdersOf } from "../../src/store/people.ts";
import type { KernelRig } from "./kernel-store.ts";

const tenant = "default";
type Heard = { readonly heard: readonly string[] };
const told = ["gate.approved", "gate.denied", "gate.superseded", "effect.done", "effect.failed", "effect.inDoubt"];

/** Asks whether it may do the deed, does it once that is approved, and remembers what it hears. */
function asking() {
  const made = setup({
    types: { context: {} as Heard, events: {} as { type: string } },
    actions: { perform: (_, _params: JsonObject) => undefined, open: (_, _params: JsonObject) => undefined },
  });
  const deed = { step: "deed", generation: 1, tool: "deed", args: {} };
  const hear = made.assign({ heard: ({ context, event }) => [...context.heard, event.type] });
  const logic = made.createMachine({
    context: { heard: [] },
    on: {
      begin: { actions: { type: "open", params: { id: "may", title: "do the deed", covers: [deed] } } },
      ...Object.fromEntries(told.map((type) => [type, { actions: hear }])),
      "gate.approved": { actions: [hear, { type: "perform", params: { id: "deed#1", ...deed, gate: "may" } }] },
    },
  });
  return loadMachine({ version: 1, ignores: ["gate.opened"], logic: logic as never });
}

/** What the kernel promises where something else happens between its looking and its writing, and where that fails for the last time. */
export function kernelGuardsContract(name: string, open: () => Promise<KernelRig>): void {
  describe(`what the kernel guards on ${name}`, () => {
    let rig: KernelRig;
    let queue: Queue;
    let kernel: Kernel;
    /** Happens right before something is written. */
    let before: (writes: Writes) => Promise<unknown> = async () => undefined;
    let called: (effectId: string) => Promise<unknown> = async () => undefined;
    let calls = 0;

    beforeAll(async () => {
      rig = await open();
      await rig.owner("insert into steward.tenant (id, name) values ('default', 'Trial')");
      await rig.owner("insert into steward.person (tenant_id, id, name) values ('default', 'ben', 'Ben')");
      const onError = () => undefined;
      queue = await openQueue(rig.db, onError);
      const machines = {
        plan: asking(),
        gate: loadMachine({ version: gates.version, ignores: gates.ignores, logic: gates.gateMachine as never }),
      };
      const deed = defineTool({
        name: "deed",
        summary: "Does it",
        params: z.object({}),
        result: z.object({}),
        risk: () => "dangerous" as const,
        effect: "keyed",
        timeoutMs: 5000,
        describe: () => "Do it",
        async run({ effectId }) {
          calls++;
          await called(effectId);
          return {};
        },
      });
      const kept = kernelStore(rig.db, jobParts);
      kernel = createKernel({
        store: {
          ...kept,
          async write(...all) {
            await before(all[2]);
            return kept.write(...all);
          },
        },
        queue,
        machine: async (_tenant, machine) => machines[machine as keyof typeof machines],
        tools: new Map<string, AnyTool>([["deed", deed]]),
        holders: (reads, of, roles) => holdersOf(reads, of, roles),
        policies: [
          {
            name: "deeds",
            match: { tool: "deed" },
            require: [{ role: "on-call", count: 1 }],
            veto: "any",
            expireAfter: 3_600_000,
          },
        ],
        purse: createPurse(modelLedger(rig.db), { run: 1, person: 1, tenant: 1, day: 1 }),
        gateChannels: [],
        places: () => [],
        confirmVoters: async () => undefined,
        lanes: 1,
        progress: async () => undefined,
        onError,
      });
      kernel.start();
    });
    afterAll(async () => {
      await kernel?.stop();
      await queue?.stop(2000);
      await rig?.close();
    });

    const eventually = async (holds: () => Promise<void>) => {
      for (const deadline = performance.now() + 8_000; ; ) {
        try {
          return await holds();
        } catch (error) {
          if (performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
      }
    };
    /** A run whose question is open, and Ben may answer it. */
    const asked = async () => {
      calls = 0;
      called = before = async () => undefined;
      await rig.owner("insert into steward.role_grant values ('default', 'ben', 'on-call') on conflict do nothing");
      const id = newId();
      const input = { requester: { id: "ana", name: "Ana" } };
      await kernel.do({
        tenant,
        actors: [],
        run: (batch) => batch.begin({ id, machine: "plan", name: "deed", requesterId: "ana", barred: ["ana"], input }),
      });
      await eventually(async () => expect(await stateOf("actor", deriveId(id, "may"))).toBe("open"));
      return id;
    };
    const stateOf = async (table: "actor" | "effect", id: string) =>
      (await rig.db.query<{ state: string }>(`select state from steward.${table} where id = $1`, [id]))[0]?.state;
    const heardBy = async (id: string) => {
      const [row] = await rig.db.query<{ snapshot: string; stuck: string | null }>(
        "select snapshot, stuck from steward.actor where id = $1",
        [id],
      );
      if (row?.stuck) throw new Error(row.stuck);
      return (JSON.parse(row?.snapshot ?? "null") as { context: Heard }).context.heard;
    };
    const approve = (runId: string) => {
      const id = newId();
      return kernel.press({
        tenant,
        gateId: deriveId(runId, "may"),
        answer: "approve",
        reason: null,
        by: "ben",
        surface: "web",
        inbox: { id, source: "web", deliveryKey: id, kind: "press", personId: "ben", body: "{}", outcome: "" },
        conversationId: null,
      });
    };
    const dismiss = () => rig.db.query("delete from steward.role_grant where person_id = 'ben'");
    /** As after eight tries, of which the ninth is the last. */
    const isLast = (effectId: string) =>
      rig.owner(`update pgboss.job set retry_limit = 0 where data->>'effect' = '${effectId}'`);
    const broken = () => Promise.reject(new Fault("store-unavailable", "the database is away"));

    test("a vote counts only if its person still holds the role when it is written", async () => {
      const id = await asked();
      before = async ({ votes }) => votes.length > 0 && dismiss();
      expect(await approve(id)).toMatchObject({ kind: "refused", because: "not-an-approver" });
      expect(await stateOf("actor", deriveId(id, "may"))).toBe("open");
      expect(await rig.db.query("select 1 from steward.vote where gate_id = $1", [deriveId(id, "may")])).toEqual([]);
      expect(await heardBy(id)).toEqual([]);
    });

    test("what was approved is not done if a voter has lost the role when that is written", async () => {
      const id = await asked();
      before = async ({ effectStates }) => effectStates.some(({ state }) => state === "started") && dismiss();
      expect(await approve(id)).toMatchObject({ kind: "decided", outcome: "approved" });
      await eventually(async () => expect((await heardBy(id)).length).toBeGreaterThan(1));
      expect(await heardBy(id)).toEqual(["gate.approved", "effect.failed"]);
      expect([calls, await stateOf("effect", deriveId(id, "deed", 1))]).toEqual([0, "failed"]);
    });

    test("of a call that was begun and whose answer could not be written to the last nobody knows: people are asked, and it goes on", async () => {
      const id = await asked();
      const effect = deriveId(id, "deed", 1);
      called = isLast;
      let failures = 0;
      before = async ({ effectStates }) => {
        if (effectStates.some(({ state }) => state === "done") && failures++ === 0) await broken();
      };
      await approve(id);
      await eventually(async () => expect(await heardBy(id)).toEqual(["gate.approved", "effect.inDoubt"]));
      expect([calls, failures, await stateOf("effect", effect)]).toEqual([1, 1, "in_doubt"]);
      expect(await kernel.settleDoubt(tenant, effect, "happened", "ben")).toEqual({ kind: "settled" });
      expect(await heardBy(id)).toEqual(["gate.approved", "effect.inDoubt", "effect.done"]);
      expect([calls, await stateOf("effect", effect)]).toEqual([1, "done"]);
    });

    test("of a call that was not begun to the last it is told that it failed", async () => {
      const id = await asked();
      const effect = deriveId(id, "deed", 1);
      before = async ({ effectStates }) => {
        if (!effectStates.some(({ state }) => state === "started")) return;
        await isLast(effect);
        await broken();
      };
      await approve(id);
      await eventually(async () => expect(await heardBy(id)).toEqual(["gate.approved", "effect.failed"]));
      expect([calls, await stateOf("effect", effect)]).toEqual([0, "failed"]);
      const jobs = "select 1 from pgboss.job where state in ('created', 'active', 'retry')";
      await eventually(async () => expect(await rig.db.query(jobs)).toEqual([]));
    });

    test("a lease taken before the clock was set back keeps nobody out, and nobody waits longer than one lasts", async () => {
      const store = createMessageStore(rig.db);
      const courier = createCourier({ store, adapters: new Map() });
      const forMs = 15_000;
      const taken = async () => {
        const conversationId = newId();
        await rig.db.query(
          "insert into steward.conversation (tenant_id, id, platform, workspace, channel, thread) values ('default', $1, 'web', '', 'ops', $2)",
          [conversationId, conversationId],
        );
        const lease = { tenant, conversationId, forMs };
        expect(await store.lease({ ...lease, holder: newId() })).toMatchObject({ kind: "held" });
        return lease;
      };
      const pass = (ms: number) => rig.owner(`update steward.clock set offset_ms = offset_ms + ${ms}`);

      const slightly = await taken();
      expect(await store.lease({ ...slightly, holder: newId() })).toMatchObject({ kind: "busy" });
      await pass(-10_000);
      expect(await courier.deliver(slightly)).toMatchObject({ kind: "later", retryAfterMs: forMs });
      const far = await taken();
      await pass(-86_400_000);
      expect(await store.lease({ ...far, holder: newId() })).toMatchObject({ kind: "held" });
      expect(await store.lease({ ...far, holder: newId() })).toMatchObject({ kind: "busy" });
    });
  });
}
