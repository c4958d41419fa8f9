import { toHex } from "./entry.ts";
import type { AuditRow, BodyRow } from "./rows.ts";
import { Cursor } from "./rows.ts";

/** The rows to write out, ordered and read as `verify` wants them. */
export interface ExportSources {
  readonly entries: AsyncIterable<AuditRow>;
  readonly bodies: AsyncIterable<BodyRow>;
}

const howToVerify = [
  'hash is SHA-256 of the text "steward/audit/v1", a line feed (0A), and the text in entry, exactly as it stands there, in UTF-8.',
  "entry is itself JSON. Within a tenant's stream, seq counts from 1 and prev is the hash of the entry before, 64 zeros for the first.",
  "If entry.body is not null, it is SHA-256 of the bytes of body.salt (hex here) followed by body.text in UTF-8. A line without body had none, or it was erased.",
  "The last line counts what should be in the file.",
];

/** The record as JSON lines, without line ends: a header that says how to check it, one line for each entry, a footer with counts. */
export async function* exportLines(sources: ExportSources, at: Date): AsyncGenerator<string> {
  yield JSON.stringify({ type: "steward/audit/export", v: 1, at: at.toISOString(), howToVerify });
  const bodies = await Cursor.over("bodies", sources.bodies);
  const entries = await Cursor.over("audit entries", sources.entries);
  const count = { entries: 0, streams: 0, bodies: 0 };
  let stream: AuditRow | null = null;
  for (let row = entries.next; row; row = entries.next) {
    while (await bodies.takeBefore(row));
    let kept: BodyRow | null = null;
    for (let body = await bodies.takeAt(row); body; body = await bodies.takeAt(row))
      if (body.text !== null) kept ??= body;
    const { tenant, seq, entry } = row;
    yield JSON.stringify({
      tenant,
      stream: row.stream,
      seq,
      entry,
      hash: toHex(row.hash),
      ...(kept && { body: writeBody(kept) }),
    });
    count.entries += 1;
    if (kept) count.bodies += 1;
    if (stream?.tenant !== tenant || stream.stream !== row.stream) count.streams += 1;
    stream = row;
    await entries.advance();
  }
  yield JSON.stringify({ type: "steward/audit/end", ...count });
}

function writeBody({ text, salt }: BodyRow): { text: string | null; salt: string | null } {
  return { text, salt: salt && toHex(salt) };
}
