import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { FaultCode } from "../domain/fault.ts";
import { Fault } from "../domain/fault.ts";

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 502 | 503;

const statusOf: Record<FaultCode, Status> = {
  "bad-request": 400,
  "forged-request": 401,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  "too-large": 413,
  unsupported: 415,
  "bad-config": 500,
  "in-use": 503,
  "tool-failed": 502,
  "platform-refused": 502,
  "platform-busy": 503,
  "machine-outdated": 503,
  "store-unavailable": 503,
};

const titles: Record<Status, string> = {
  400: "Bad request",
  401: "Who are you?",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported content type",
  422: "Cannot be done as asked",
  500: "Something broke",
  502: "Something behind us failed",
  503: "Not available now",
};

/** An answer in the form of RFC 9457: `detail` is one sentence for people, `more` are members of our own. */
export function problem(c: Context, status: Status, detail: string, more: Record<string, unknown> = {}): Response {
  return c.body(JSON.stringify({ type: "about:blank", title: titles[status], status, detail, ...more }), status, {
    "content-type": "application/problem+json; charset=utf-8",
  });
}

/** What to tell the caller about anything thrown. Unexpected errors say nothing of themselves. */
export function judge(error: unknown): {
  readonly status: Status;
  readonly title: string;
  readonly detail: string;
  readonly expected: boolean;
  readonly retryAfterMs: number | null;
} {
  if (error instanceof Fault && error.code !== "bad-config") {
    const status = statusOf[error.code];
    return { status, title: titles[status], detail: error.message, expected: true, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof HTTPException && error.status < 500)
    return {
      status: 400,
      title: titles[400],
      detail: "This request could not be read.",
      expected: true,
      retryAfterMs: null,
    };
  if (isBrokenOff(error))
    return {
      status: 400,
      title: titles[400],
      detail: "The request broke off before all of it was here.",
      expected: true,
      retryAfterMs: null,
    };
  const detail = "Something broke on our side, and it was logged. What was acknowledged before is not lost.";
  return { status: 500, title: titles[500], detail, expected: false, retryAfterMs: null };
}

/** Whether whoever sent the request went away in the middle of it, as Node says so. */
function isBrokenOff(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ECONNRESET" && message === "aborted";
}

/** The one place where what doors throw becomes an answer. */
export function toProblem(c: Context, error: unknown): Response {
  const { status, detail, retryAfterMs } = judge(error);
  const answer = problem(c, status, detail);
  if (retryAfterMs !== null) answer.headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  if (status === 401) answer.headers.set("www-authenticate", "Bearer");
  return answer;
}
