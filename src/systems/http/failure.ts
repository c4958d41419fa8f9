import { Fault } from "../../domain/fault.ts";

/** Codes of a connection that never came about. */
const unsent: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "is not known to the name service",
  EAI_AGAIN: "cannot be looked up now",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "does not accept connections in time",
};

/** Says what went wrong from codes alone: messages of lower layers may quote headers. `ended`: why the time was up, or null. */
export function failureOnTheWay(
  error: unknown,
  host: string,
  ended: "late" | "called off" | null,
  timeoutMs: number,
): Fault {
  if (error instanceof Fault) return error;
  if (ended === "late")
    return new Fault("tool-failed", `${host} gave no whole answer within ${timeoutMs / 1000} s.`, {
      retryAfterMs: 1000,
    });
  if (ended === "called off") return new Fault("tool-failed", `The request to ${host} was called off.`);
  const code = codeOf(error);
  const never = unsent[code];
  if (never !== undefined)
    return new Fault("tool-failed", `${host} ${never} (${code}).`, { retryAfterMs: 5000, undone: true });
  if (/CERT|TLS|SSL|UNABLE_TO/.test(code))
    return new Fault("tool-failed", `${host} could not prove who it is (${code}); nothing was sent.`, { undone: true });
  return new Fault("tool-failed", `${host} broke off (${code || "no reason given"}).`, { retryAfterMs: 1000 });
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
    const [first] = (at as { errors?: unknown[] }).errors ?? [];
    if (first instanceof Error && typeof (first as NodeJS.ErrnoException).code === "string")
      return (first as NodeJS.ErrnoException).code ?? "";
  }
  return "";
}
