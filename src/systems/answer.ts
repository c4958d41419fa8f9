import { Fault } from "../domain/fault.ts";
import { cleanText } from "../domain/text.ts";

interface Refusal {
  /** Who answered: "GitHub". */
  readonly system: string;
  readonly status: number;
  /** What it said about it; comes from outside. */
  readonly said: string;
  /** From its `retry-after` and similar headers. */
  readonly retryAfterMs?: number | null;
  /** What to look at when it does not let us: "GITHUB_TOKEN". */
  readonly credential: string;
}

/** A refusing HTTP status as a Fault: is another try worth it, and was anything done. */
export function faultOfStatus({ system, status, said, retryAfterMs, credential }: Refusal): Fault {
  const words = cleanText(said).replace(/\s+/g, " ").trim().slice(0, 300).toWellFormed();
  const sentence = `${system} answered ${status}${words === "" ? "" : `: ${words.replace(/\.$/, "")}`}.`;
  if (status === 429 || retryAfterMs)
    return new Fault("platform-busy", sentence, { retryAfterMs: retryAfterMs ?? 60_000, undone: true });
  if (status === 401 || status === 403)
    return new Fault("platform-refused", `${sentence} Check what ${credential} is allowed to do.`, { undone: true });
  if (status === 404 || status === 410) return new Fault("not-found", sentence, { undone: true });
  if (status === 409) return new Fault("conflict", sentence, { retryAfterMs: 1000, undone: true });
  if (status >= 300 && status < 500) return new Fault("bad-request", sentence, { undone: true });
  return new Fault("tool-failed", sentence, { retryAfterMs: 5000 });
}

/** Milliseconds of a `retry-after` header in its form of seconds, or null. */
export function retryAfterOf(header: string | null | undefined): number | null {
  return header && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}

/** Text from outside, cut to what anyone reads. */
export function excerpt(text: string | null | undefined, longest = 20_000): string {
  const whole = text ?? "";
  return whole.length <= longest ? whole : `${whole.slice(0, longest).toWellFormed()}… (cut)`;
}
