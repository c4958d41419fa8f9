import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { conceal } from "../../domain/conceal.ts";
import { Fault } from "../../domain/fault.ts";
import { cleanText } from "../../domain/text.ts";

/** What the server says before it looks at what was asked: nothing was done. */
const refusals: readonly number[] = [ErrorCode.InvalidParams, ErrorCode.MethodNotFound, ErrorCode.InvalidRequest];

/**
 * A failure of the SDK as a Fault, with none of these secrets: a server may say back what it was sent. What the server refused
 * is final; what never arrived (`sent` false, an unknown session) was certainly not done; for anything else nobody can tell.
 * `words` are its last ones on standard error.
 */
export function explain(
  error: unknown,
  what: string,
  { words, sent, secrets }: { words: string; sent: boolean; secrets: readonly string[] },
): Fault {
  if (error instanceof Fault)
    return new Fault(error.code, `${what}: ${error.message}`, {
      cause: error,
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
      undone: error.undone,
    });
  const message =
    error instanceof z.core.$ZodError ? "its answer is not of the protocol's form" : (error as Error).message;
  const heard = conceal(words, secrets).slice(-300);
  const said = heard.trim() === "" ? "" : ` It said: ${clean(heard)}`;
  // Without the error itself as its cause: a log would print its words.
  const sentence = `${what}: ${clean(conceal(message, secrets))}.${said}`;
  if (error instanceof McpError && refusals.includes(error.code))
    return new Fault("platform-refused", sentence, { undone: true });
  if (error instanceof StreamableHTTPError && (error.code === 401 || error.code === 403))
    return new Fault("platform-refused", sentence, { undone: true });
  const unknownSession = error instanceof StreamableHTTPError && error.code === 404;
  return new Fault("tool-failed", sentence, { retryAfterMs: 1000, undone: !sent || unknownSession });
}

/** One short line, as text from outside is shown: no line breaks, no invisible characters, not even those of tags (U+E0000). */
export function clean(text: string, longest = 300): string {
  return cleanText(text)
    .replace(/[\u{e0000}-\u{e007f}]/gu, "")
    .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ")
    .trim()
    .slice(0, longest)
    .toWellFormed()
    .replace(/\.$/, "");
}
