import { shortId } from "../domain/ids.ts";

/** An answer that says which step of which run it is for: "try-again R-ABC123/look". */
export interface Addressed {
  readonly intent: string;
  /** The run, as people see it. */
  readonly request: string;
  readonly step: string;
}

/** What a button says that answers this step and no other, whatever else waits for the same words. */
export function addressedTo(intent: string, runId: string, step: string): string {
  return `/steward ${intent} ${shortId(runId)}/${step}`;
}

/** What such a button said, without "/steward"; null for any other text. */
export function readAddressed(text: string): Addressed | null {
  const [, intent, run, step] = /^([a-z][a-z-]*)\s+(R-[0-9A-Z]{6})\/([A-Z][A-Z0-9_-]*)\s*$/i.exec(text) ?? [];
  if (intent === undefined || run === undefined || step === undefined) return null;
  return { intent: intent.toLowerCase(), request: run.toUpperCase(), step };
}

/** The step that expects something under this id, such as "help:look:0" or "expect:taken". */
export function stepExpecting(id: string): string {
  return id.split(":")[1] ?? "";
}
