import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { defineTool, type Tool } from "../domain/tool.ts";
import type { Ledger } from "./ledger.ts";
import { type Caps, microOf } from "./prices.ts";

const Params = z.strictObject({
  scope: z.enum(["run", "person", "tenant", "day"]),
  /** How much more, in US dollars. */
  usd: z.number().positive().max(1000),
});
const Result = z.strictObject({ spentUsd: z.number(), capUsd: z.number() });

const whose = {
  run: "this run",
  person: "the requester today",
  tenant: "everybody this month",
  day: "everybody today",
} as const;

/** Lets a cap be exceeded by a named amount. Money is for people to allow, so it is always asked. */
export function raiseBudget(ledger: Ledger, caps: Caps): Tool<z.output<typeof Params>, z.output<typeof Result>> {
  return defineTool({
    name: "budget.raise",
    summary: "Lets a run, a person, the day or the month spend more on models",
    params: Params,
    result: Result,
    risk: () => "dangerous",
    effect: "keyed",
    timeoutMs: 10_000,
    trusted: true,
    final: "What was allowed may be spent already.",
    describe: ({ scope, usd }) => `Let ${whose[scope]} spend ${usd.toFixed(2)} US dollars more on models`,
    async run({ tenant, effectId, runId, requesterId, args }) {
      if (args.scope === "person" && requesterId === null)
        throw new Fault("bad-request", "Nobody asked for this run, so no person's budget can be raised for it.");
      const of = { tenant, effectId, runId, personId: requesterId, caps };
      const { spentUsd, capUsd } = await ledger.raise({ ...of, scope: args.scope, micro: microOf(args.usd) });
      return { spentUsd, capUsd };
    },
  });
}
