import type { Paid, Purse } from "../orchestrator/kernel.ts";
import type { Ledger, Outcome } from "./ledger.ts";
import { type Caps, microOf } from "./prices.ts";

/** Pays for calls of tools out of the ledger that pays for models: one charge for an effect, whoever ends in the middle of it. */
export function createPurse(ledger: Ledger, caps: Caps): Purse {
  return {
    async hold({ tenant, effectId, runId, personId, step, tool, argsHash, usd }) {
      const reserved = await ledger.reserve({
        kind: "tool",
        tenant,
        effectId,
        purpose: "call",
        runId,
        personId,
        specialist: "",
        task: step,
        model: tool,
        requestHash: argsHash,
        micro: microOf(usd),
        pricedAs: "its costUsd in steward.yaml",
        flagged: false,
        caps,
      });
      if (reserved.kind === "reserved") return { kind: "held", isNew: true };
      if (reserved.kind !== "over-budget") return { kind: "held", isNew: false };
      const { scope, spentMicro, capMicro, isHeld } = reserved;
      return {
        kind: "over",
        scope,
        spentUsd: spentMicro / 1e6,
        capUsd: capMicro / 1e6,
        needsUsd: (spentMicro + microOf(usd) - capMicro) / 1e6,
        isHeld,
      };
    },
    async settle({ tenant, effectId, tool }, became) {
      const held = await ledger.held(tenant, effectId);
      if (held !== null) await ledger.settle(tenant, held.callId, outcomeOf(tool, became, held.micro));
    },
  };
}

function outcomeOf(tool: string, became: Paid, micro: number): Outcome {
  switch (became) {
    case "paid":
      return {
        state: "answered",
        content: [],
        stopReason: "",
        answeredBy: tool,
        usage: null,
        micro,
        pricedAs: "its costUsd in steward.yaml",
        flagged: false,
      };
    case "free":
      return { state: "failed", because: "nothing was done" };
    case "unknown":
      return { state: "lost", because: "nobody knows whether it was done", usage: null };
  }
}
