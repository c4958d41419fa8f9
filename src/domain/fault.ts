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
