import { newId } from "../../src/domain/ids.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import type { AnyTool } from "../../src/domain/tool.ts";
import type { Database } from "../../src/store/database.ts";
import { trialStore } from "../../src/store/trial.ts";
import type { Where } from "../../src/trial/company.ts";
import { trialCompany } from "../../src/trial/trial.ts";
import { openFresh } from "../support/fresh.ts";

/** One database for the file; every world is a tenant of its own in it. */
let opened: Promise<Database> | undefined;

/** The run that calls. */
const run = newId();

/** A seeded trial company in memory, where nothing takes time. `onPause` runs in the middle of every instance's restart. */
export async function startTrial() {
  opened ??= openFresh();
  const db = await opened;
  const tenant = newId();
  await db.query("insert into steward.tenant (id, name) values ($1, 'Trial')", [tenant]);
  const store = trialStore(db);
  const world = { onPause: async (): Promise<void> => undefined };
  const company = trialCompany(store, { pause: () => world.onPause() });
  await company.seed(tenant);
  const tool = (name: string): AnyTool => {
    const found = company.tools.find((one) => one.name === name);
    if (!found) throw new Error(`no tool ${name}`);
    return found;
  };
  return {
    db,
    tenant,
    checkout: { tenant, service: "checkout", environment: "production" } satisfies Where,
    store,
    company,
    tool,
    said: [] as string[],
    set onPause(work: () => Promise<void>) {
      world.onPause = work;
    },
    /** Calls a tool as `perform` would; the same effect id is the same call again. */
    async call(name: string, args: JsonObject, effectId = newId(), signal = new AbortController().signal) {
      const checked: unknown = tool(name).params.parse(args);
      return tool(name).result.parse(
        await tool(name).run({
          tenant,
          args: checked,
          effectId,
          actorId: run,
          runId: run,
          requesterId: "ana",
          signal,
          progress: (text) => this.said.push(text),
        }),
      ) as Record<string, unknown>;
    },
  };
}
