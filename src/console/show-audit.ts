import { Fault } from "../domain/fault.ts";
import { cleanText } from "../domain/text.ts";
import { auditPage, filterOf, foundPage, searchForm, streamPage } from "./audit-page.ts";
import { type Looking, saidIn, type View } from "./looking.ts";

/** Entries on one page of a search, and streams on one of theirs. */
const listed = 50;

/** The record: all of its streams, one of them, or what was looked for. */
export function showAudit({ people, reads, names, tenant }: Looking): View {
  return async (c, person) => {
    if (!people.permits(person, "read-audit"))
      throw new Fault("forbidden", `${person.name} may not read the audit: managers and auditors may.`);
    const stream = c.req.query("stream");
    const typed = saidIn(c, ["by", "run", "tool", "kind", "from", "until"]);
    const filter = filterOf(typed);
    const form = searchForm(typed, await names());
    if (Object.keys(filter).length > 0) {
      const found = await reads.search({ tenant, filter, ...saidIn(c, ["before"]), limit: listed });
      return { title: "Audit", main: foundPage(found, typed, await names(), form) };
    }
    const pageOf = (before?: string) => ({
      tenant,
      limit: listed,
      ...(before !== undefined && { before: cleanText(before) }),
    });
    if (stream === undefined)
      return {
        title: "Audit",
        main: auditPage(await reads.streams(pageOf(c.req.query("before"))), listed, form),
      };
    const after = Number(c.req.query("after") ?? 0);
    const lines = await reads.entries({
      tenant,
      stream: cleanText(stream),
      after: Number.isSafeInteger(after) && after < 2 ** 31 ? after : 0,
      limit: 100,
    });
    return { title: stream, main: streamPage(cleanText(stream), lines, await names()) };
  };
}
