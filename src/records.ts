import type { Notice } from "./model/model.ts";
import type { Kernel } from "./orchestrator/kernel.ts";

/** Starts and stops of this process are in the audit too. */
export function noteProcess(kernel: Kernel, tenant: string, kind: "start" | "stop"): Promise<void> {
  return kernel.do({
    tenant,
    actors: [],
    run: (batch) => batch.record("process", kind, "system", { pid: process.pid }),
  });
}

/** What an operator should know of the model: ids in the entry, words in its erasable body. */
export function recordNotice(kernel: Kernel, of: string, { kind, model, ...notice }: Notice): Promise<void> {
  const [data, body] =
    "call" in notice ? [{ model, call: notice.call }, null] : [{ model }, { because: notice.because }];
  return kernel.do({ tenant: of, actors: [], run: (batch) => batch.record("process", kind, "system", data, body) });
}
