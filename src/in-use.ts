import { Fault } from "./domain/fault.ts";
import type { Library } from "./library.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import type { Database } from "./store/database.ts";
import { keepDefinitions, keptDefinition } from "./store/definitions.ts";
import { inUse, noteUse, useVersion } from "./store/workflow-use.ts";
import type { Uses } from "./systems/requests/use-tools.ts";
import { definitionFrom, writeDefinition } from "./workflow/index.ts";

/** Workflows that people took into use here, beside those of the folder. */
export interface InUse extends Uses {
  /** Reads them anew where something has changed since. `version` is what the database says now, where that is known already. */
  refresh(version?: string): Promise<void>;
}

/**
 * Keeps the library as people want it, in every process: each looks before it decides on a delivery. One that would not be taken
 * as a file any more, for example because its system is gone, is left out and reported.
 */
export function openInUse(
  { db, tenant, kernel, onError }: { db: Database; tenant: string; kernel(): Kernel; onError(error: Error): void },
  library: Library,
): InUse {
  let seen = "0";
  const refresh: InUse["refresh"] = async (version) => {
    const newest = version ?? (await useVersion(db, tenant));
    if (newest === seen) return;
    const texts = (await inUse(db, tenant)).map(({ body }) => writeDefinition(definitionFrom(body)) ?? "");
    const { definitions, problems } = library.together(texts);
    await keepDefinitions(db, tenant, definitions);
    library.adopt(definitions);
    seen = newest;
    for (const problem of problems) onError(new Fault("conflict", `A workflow in use is left out: ${problem}`));
  };
  const note = async (
    kind: "workflow.used" | "workflow.stopped",
    use: Parameters<Uses["stop"]>[1] & { readonly hash: string | null },
  ) => {
    await noteUse(db, tenant, use);
    const { byId, name, hash } = use;
    await kernel().do({
      tenant,
      actors: [],
      run: (batch) => batch.record("admin", kind, byId ?? "system", { name, run: use.runId, ...(hash && { hash }) }),
    });
    await refresh();
  };
  return {
    refresh,
    async keep(of, text) {
      const judged = library.judge(text);
      if (!judged.ok) return null;
      await keepDefinitions(db, of, [judged.definition]);
      return judged.definition;
    },
    async kept(of, hash) {
      const body = await keptDefinition(db, of, hash);
      return body === null ? null : definitionFrom(body);
    },
    isUsed: (name) => library.adopted().some((one) => one.name === name),
    async take(_of, use) {
      await refresh();
      const body = await keptDefinition(db, tenant, use.hash);
      const judged = body === null ? null : library.judge(writeDefinition(definitionFrom(body)) ?? "");
      if (judged?.ok !== true)
        throw new Fault(
          "conflict",
          `The workflow ${use.name} cannot be used: ${judged?.problems.join(" ") ?? "it is gone."}`,
        );
      await note("workflow.used", use);
    },
    stop: (_of, use) => note("workflow.stopped", { ...use, hash: null }),
  };
}
