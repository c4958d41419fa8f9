import { z } from "zod";
import { shortId } from "../domain/ids.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { TrialStore } from "./company.ts";

const Ticket = z.object({ ticket: z.string() });

/** Two providers that do not take our key: tickets can be looked up by a marker, pages not at all. */
export function deskTools(store: TrialStore): AnyTool[] {
  return [ticketTool(store), pageTool(store)];
}

function ticketTool(store: TrialStore) {
  return defineTool({
    name: "tickets.create",
    summary: "Write a ticket",
    params: z.object({ title: z.string().min(1).max(200), text: z.string().max(10_000) }),
    result: Ticket,
    risk: () => "write" as const,
    effect: "findable",
    timeoutMs: 10_000,
    describe: ({ title }) => `Write the ticket "${title}"`,
    async run({ tenant, args, effectId }) {
      const result = { ticket: shortId(effectId).replace("R-", "T-") };
      await store.append(tenant, "ticket", { ...args, marker: effectId }, result);
      return result;
    },
    async find({ tenant, effectId }) {
      const found = await store.byMarker(tenant, "ticket", effectId);
      return found ? Ticket.parse(found.result) : null;
    },
  });
}

function pageTool(store: TrialStore) {
  return defineTool({
    name: "pager.page",
    summary: "Ring somebody's pager",
    params: z.object({ person: z.string().min(1).max(100), text: z.string().min(1).max(1000) }),
    result: z.object({ paged: z.string() }),
    risk: () => "write" as const,
    effect: "opaque",
    timeoutMs: 10_000,
    describe: ({ person, text }) => `Ring ${person}'s pager: ${text}`,
    async run({ tenant, args }) {
      const result = { paged: args.person };
      await store.append(tenant, "page", args, result);
      return result;
    },
  });
}
