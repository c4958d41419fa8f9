import { Octokit } from "@octokit/core";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { faultOfStatus, retryAfterOf } from "../answer.ts";
import { concealing } from "../http/conceal.ts";
import { guardedFetch } from "../http/guard.ts";

export interface GithubAccess {
  readonly token: string;
  /** "https://api.github.com", or the address of a GitHub Enterprise server, which may lie in a private network. */
  readonly url: string;
}

export type Github = Octokit["request"];

/** Names of dots alone would climb in the address they become part of. */
export const Repository = z.string().regex(/^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/, "must be OWNER/NAME");

/** The two halves that GitHub's addresses are made of. */
export function placeOf(repository: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo };
}

const publicUrl = "https://api.github.com";

/** GitHub's REST API through the guarded way out. A refusal or failure is a Fault with a sentence. */
export function githubClient({ token, url }: GithubAccess): Github {
  const send = guardedFetch({
    hosts: [{ origin: new URL(url).origin, private: url !== publicUrl }],
    timeoutMs: 20_000,
  });
  const octokit = new Octokit({
    auth: token,
    baseUrl: url.replace(/\/$/, ""),
    userAgent: "steward",
    request: { fetch: concealing(send, [token]) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  octokit.hook.error("request", (error) => {
    throw asFault(error);
  });
  return octokit.request;
}

function silent(): void {
  // Deprecations are GitHub's notes to us, not news for whoever runs Steward.
}

function asFault(error: unknown): unknown {
  const { status, cause, message, response } = error as {
    status?: number;
    cause?: unknown;
    message: string;
    response?: { headers: Record<string, string | number | undefined> };
  };
  if (cause instanceof Fault) return cause;
  if (status === undefined || response === undefined) return error;
  const header = (name: string) => String(response.headers[name] ?? "");
  // A spent rate limit is a 403 or 429; the reset is in seconds since 1970.
  const untilReset =
    header("x-ratelimit-remaining") === "0" ? Number(header("x-ratelimit-reset")) * 1000 - Date.now() : 0;
  const retryAfterMs = retryAfterOf(header("retry-after")) ?? (untilReset > 0 ? Math.ceil(untilReset) : null);
  const refused = status === 403 || status === 429;
  return faultOfStatus({
    system: "GitHub",
    status,
    said: message.replace(/ - https:\/\/docs\.github\.com\S*/, ""),
    retryAfterMs: refused ? retryAfterMs : null,
    credential: "GITHUB_TOKEN",
  });
}
