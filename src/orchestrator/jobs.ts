import type { Open } from "../domain/command.ts";
import { Fault } from "../domain/fault.ts";
import { deriveId } from "../domain/ids.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { PolicyRule } from "../gates/gates.ts";
import type { Advancer } from "./advance.ts";
import { looksAhead, type Means, type Target } from "./obey.ts";
import { perform } from "./perform.ts";
import type { Purse } from "./purse.ts";
import type { HeldJob } from "./queue.ts";
import { doubt } from "./report.ts";
import type { EffectAtHand, KernelStore } from "./store.ts";

interface JobParts {
  readonly store: KernelStore;
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly policies: readonly PolicyRule[];
  readonly purse: Purse;
  progress(effect: EffectAtHand, text: string, written?: "writing"): Promise<void>;
  confirmVoters(tenant: string, gateId: string): Promise<void>;
}

/** Runs one effect job. Effects asked for in the same moment are read in one go. */
export async function work(
  parts: JobParts,
  advancer: Advancer,
  means: Means,
  effects: EffectLoader,
  job: HeldJob,
): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  if (job.data["open"]) return pinAndOpen(parts, advancer, means, job);
  const effect = await effects(tenant, job.data["effect"] ?? "");
  if (effect) return perform({ ...parts, advancer, means }, effect, job);
  return advancer.do({ tenant, actors: [], job, run: async () => undefined });
}

type EffectLoader = (tenant: string, id: string) => Promise<EffectAtHand | undefined>;

/** Collects what is asked for in one turn of the event loop into one read. */
export function effectLoader(store: KernelStore): EffectLoader {
  let asked = new Map<string, string[]>();
  let answer: Promise<Map<string, EffectAtHand>> | null = null;
  return async (tenant, id) => {
    asked.set(tenant, [...(asked.get(tenant) ?? []), id]);
    answer ??= new Promise((resolve) => setImmediate(resolve)).then(async () => {
      const ids = asked;
      asked = new Map();
      answer = null;
      const found = await Promise.all([...ids].map(([of, list]) => store.effects(of, list)));
      return new Map(found.flat().map((effect) => [effect.id, effect]));
    });
    return (await answer).get(id);
  };
}

/** Reads the targets an approval will be bound to, then opens the gate. */
async function pinAndOpen(parts: JobParts, advancer: Advancer, means: Means, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "";
  const runId = job.data["run"] ?? "";
  const open = JSON.parse(job.data["open"] ?? "null") as Open;
  const pins = await readPins(parts, tenant, runId, open);
  await advancer.do({
    tenant,
    actors: [runId, deriveId(runId, open.id)],
    job,
    async run(batch) {
      const run = await batch.actor(runId);
      if (!run || run.done || (await batch.actor(deriveId(runId, open.id)))) return;
      if ("because" in pins)
        await batch.mail(runId, `unpinned:${open.id}`, {
          type: "gate.denied",
          gate: open.id,
          by: "Steward",
          reason: pins.because,
          unasked: true,
        });
      else await means.openGate(batch, run, open, pins.targets);
    },
  });
}

/** What each covered effect would act on, as it is now; or why that cannot be told and so cannot be approved. */
async function readPins(
  parts: JobParts,
  tenant: string,
  runId: string,
  open: Open,
): Promise<{ targets: Target[] } | { because: string }> {
  try {
    const targets = await Promise.all(
      open.covers.map(async (covered): Promise<Target> => {
        const tool = parts.tools.get(covered.tool);
        const args = tool?.params.safeParse(covered.args);
        if (!tool || !args?.success) return { pin: null, dryRun: null };
        const effectId = deriveId(runId, covered.step, covered.generation);
        const call = { tenant, args: args.data as never, effectId };
        const pin = (await tool.pin?.(call)) ?? null;
        return { pin, dryRun: looksAhead(tool, covered.tainted) ? await dryRunOf(tool, call) : null };
      }),
    );
    return { targets };
  } catch (error) {
    if (error instanceof Fault && error.retryAfterMs === null) return { because: error.message };
    throw error;
  }
}

/** What people are told can be done without: only what says that the call would fail keeps them from being asked. */
async function dryRunOf(tool: AnyTool, call: { tenant: string; args: never }): Promise<string | null> {
  try {
    return (await tool.dryRun?.(call)) ?? null;
  } catch (error) {
    if (error instanceof Fault && error.retryAfterMs === null) throw error;
    return "It could not be looked at before.";
  }
}

/** A job that our own process or database failed too often: its run is told, so that it does not wait for ever. */
export async function bury(parts: JobParts, advancer: Advancer, job: HeldJob): Promise<void> {
  const tenant = job.data["tenant"] ?? "default";
  const [effect] = job.data["effect"] ? await parts.store.effects(tenant, [job.data["effect"]]) : [];
  if (effect && parts.tools.get(effect.tool)?.costUsd)
    await parts.purse.settle({ tenant, effectId: effect.id, tool: effect.tool }, "unknown");
  await advancer.do({
    tenant,
    actors: effect ? [effect.actorId] : [],
    job,
    async run(batch) {
      await batch.record("process", "rejected", "system", { dead: job.id, effect: effect?.id ?? null });
      const open = job.data["open"] ? (JSON.parse(job.data["open"]) as Open) : null;
      if (open && job.data["run"])
        await batch.mail(job.data["run"], `dead:${open.id}`, {
          type: "gate.denied",
          gate: open.id,
          by: "Steward",
          reason: "what it would act on could not be read",
          unasked: true,
        });
      if (job.data["inbox"]) batch.writes.inboxDone.push({ id: job.data["inbox"], outcome: "failed" });
      if (!effect || (effect.state !== "pending" && effect.state !== "started")) return;
      if (effect.state === "started") return doubt(batch, effect);
      batch.effectState(effect, "failed", [effect.state]);
      await batch.mail(effect.actorId, `dead:${effect.id}:${effect.attempt}`, {
        type: "effect.failed",
        step: effect.step,
        generation: effect.generation,
        error: {
          message: `${effect.tool} came to nothing that is known: Steward's own process or database failed several times`,
          retryable: false,
        },
      });
    },
  });
}
