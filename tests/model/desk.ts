import { type Specialist, specialists } from "../../src/agents/index.ts";
import type { TurnAnswered, TurnAsked } from "../../src/agents/turn.ts";
import { TurnAnswered as Answered } from "../../src/agents/turn.ts";
import { deriveId, newId } from "../../src/domain/ids.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { AnyTool } from "../../src/domain/tool.ts";
import type { AskParts, Notice } from "../../src/model/ask.ts";
import { anthropicClient } from "../../src/model/client.ts";
import { type Caps, ModelsEntry } from "../../src/model/prices.ts";
import { modelTurn } from "../../src/model/turn-tool.ts";
import type { Database } from "../../src/store/database.ts";
import { excerptOf, modelLedger } from "../../src/store/model.ts";

export const tenant = "default";

/** The specialists, and an observer that does its one task with a model. */
const model = { instructions: "You look at how a service is and say so.", budgetUsd: 0.05, maxTurns: 4 };
const thinking = specialists.map((one): Specialist => (one.name === "observer" ? { ...one, model } : one));

/** One model that costs a dollar for a million tokens in and five for a million out, and one at half of that. */
const models = ModelsEntry.parse({
  default: "big",
  fallback: "small",
  prices: [
    { model: "big", since: "2020-01-01", input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 },
    { model: "small", since: "2020-01-01", input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  ],
});

const roomy: Caps = { run: 100_000_000, person: 1e12, tenant: 1e12, day: 1e12 };

/** The tool model.turn on a database and a server, and one run whose turns are asked with it. */
export function deskOn(
  db: Database,
  url: string,
  more: {
    readonly caps?: Partial<Caps>;
    readonly patienceMs?: number;
    readonly tools?: readonly AnyTool[];
    readonly specialists?: readonly Specialist[];
  } = {},
) {
  const { patienceMs = 10_000 } = more;
  const notices: Notice[] = [];
  const progress: (readonly [string, "writing" | undefined])[] = [];
  const runId = newId();
  const base = modelLedger(db);
  const outcomes: string[] = [];
  const ledger: typeof base = {
    ...base,
    async reserve(asking) {
      const reserved = await base.reserve(asking);
      outcomes.push(reserved.kind);
      return reserved;
    },
  };
  const ask: AskParts = {
    ledger,
    client: anthropicClient({ apiKey: "key-for-tests", baseUrl: url, patienceMs, firstWordMs: patienceMs }),
    model: models.default,
    fallback: models.fallback ?? null,
    prices: models.prices,
    caps: { ...roomy, ...more.caps },
    notice: async (_, notice) => void notices.push(notice),
  };
  const registry = new Map((more.tools ?? []).map((tool) => [tool.name, tool]));
  const tool = modelTurn({
    ask,
    tools: () => registry,
    specialists: more.specialists ?? thinking,
    artifact: (of, run, id, characters) => excerptOf(db, of, run, id, characters),
  });
  return {
    ask,
    ledger,
    runId,
    notices,
    /** What came of every reservation. */
    outcomes,
    progress,
    effect: (name: string) => deriveId(runId, name),
    /** Runs the tool once, as `perform` does. */
    async turn(
      effectId: string,
      args: Partial<TurnAsked> = {},
      signal: AbortSignal = new AbortController().signal,
    ): Promise<TurnAnswered> {
      const asked = { specialist: "observer", task: "service-health", input: {}, turns: [], last: false, ...args };
      return Answered.parse(
        await tool.run({
          tenant,
          args: tool.params.parse(asked),
          effectId,
          actorId: runId,
          runId,
          requesterId: "ana",
          signal,
          progress: (text, written) => void progress.push([text, written]),
        }),
      );
    },
    /** What the run has spent and holds back, in US dollars. */
    async spent(): Promise<JsonObject> {
      const [run] = await ledger.spend(tenant, { runId });
      return { spent: run?.spentUsd ?? 0, reserved: run?.reservedUsd ?? 0 };
    },
    async states(): Promise<string[]> {
      return (await ledger.calls(tenant, runId)).map((call) => `${call.purpose} ${call.model} ${call.state}`);
    },
  };
}
