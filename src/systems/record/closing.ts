import type { AuditLine, Happening, Run } from "../../http/reads.ts";

/** What people said to a run that a system began, in words. */
const words: Readonly<Record<string, string>> = {
  "take-request": "took it",
  "solve-request": "closed it",
  "withdraw-request": "said that it is none",
};
const closing = ["solve-request", "withdraw-request"];

/** How a run that a system began was ended by somebody: who, when (ISO), and whether what began it went on then. */
export interface Closing {
  readonly name: string;
  readonly at: string;
  readonly fires: boolean;
}

/** What somebody answered a run that a system began, such as that they have it; none for anything else. */
export function answeredIn(run: Run, { at, body }: AuditLine): Happening[] {
  const { type, id } = body ?? {};
  const step = type === "expected" && run.service !== null ? stepOf(run, String(id)) : undefined;
  const said = words[step?.answered?.intent ?? ""];
  return said === undefined ? [] : [{ at, kind: "told", text: `${step?.answered?.name} ${said}`, details: [] }];
}

/** Null where nobody ended it by hand. */
export function closingOf(run: Run): Closing | null {
  const line = run.timeline.findLast(
    ({ body }) =>
      body?.["type"] === "expected" &&
      closing.includes(stepOf(run, String(body["id"]))?.answered?.intent ?? "") &&
      run.service !== null,
  );
  const by = line && stepOf(run, String(line.body?.["id"]))?.answered;
  if (line === undefined || !by) return null;
  const before = run.timeline.slice(0, run.timeline.indexOf(line));
  const told = before.findLast(({ body }) => body?.["type"] === "event")?.body?.["data"];
  const { status } = (told ?? {}) as { readonly status?: unknown };
  return { name: by.name, at: line.at, fires: status !== "resolved" };
}

/** "closed by Ben at 2026-05-01 12:30:07 UTC, while what began it still fired". */
export function closedSentence({ name, at, fires }: Closing): string {
  const when = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return `closed by ${name} at ${when}${fires ? ", while the alert still fired" : ""}`;
}

/** "expect:by-hand:1" is about the step by-hand. */
function stepOf({ steps }: Run, expectation: string) {
  const [, id] = expectation.split(":");
  return steps.find((step) => step.id === id);
}
