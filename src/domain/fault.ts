/** What can go wrong in a way somebody must hear about. Closed: doors map each code to a status. */
export type FaultCode =
  | "bad-config"
  | "in-use"
  | "bad-request"
  | "not-found"
  | "forbidden"
  | "unauthorized"
  | "too-large"
  | "unsupported"
  | "conflict"
  | "machine-outdated"
  | "store-unavailable"
  | "tool-failed"
  | "platform-busy"
  | "platform-refused"
  | "forged-request";

/** A failure someone must hear about, with the one fact the caller needs: is another try worth it, and when. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  /** Milliseconds after which another try makes sense; null: never. */
  readonly retryAfterMs: number | null;
  /** Nothing was done: the other side turned it away, or was never asked. False where that is not certain. */
  readonly undone: boolean;

  constructor(
    code: FaultCode,
    message: string,
    more: { cause?: unknown; retryAfterMs?: number; undone?: boolean } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.undone = more.undone ?? false;
  }
}

/** The sentence of the Fault this ends with, or null where it ends well. Anything else is thrown on. */
export async function faultOf(attempt: () => Promise<unknown>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** An error as a log shows it. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/**
 * What a log may hold of an error: what it says, where, and why. Left out are the fields that SDKs hang on it, such as the
 * request with its headers and tokens, and the values of a failed query.
 */
export function loggable(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "Something was thrown that is no error." };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message: withoutValues(message),
    ...(typeof code === "string" && { code }),
    ...(stack !== undefined && { stack: withoutValues(stack) }),
    ...(cause instanceof Error && { cause: loggable(cause) }),
  };
}

/** Drizzle writes a failed query's values below it. */
function withoutValues(text: string): string {
  return text.replace(/\nparams: [\s\S]*?(?=\n\s+at |$)/, "\nparams: (not shown)");
}
