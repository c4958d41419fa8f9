import type { Client, SendRequestOptions } from "jira.js/core";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { faultOfStatus, retryAfterOf } from "../answer.ts";
import { concealing } from "../http/conceal.ts";
import { guardedFetch } from "../http/guard.ts";

export interface JiraAccess {
  /** "https://acme.atlassian.net", or the address of a server of one's own, which may lie in a private network. */
  readonly url: string;
  readonly email: string;
  readonly token: string;
}

const Refusal = z.looseObject({
  errorMessages: z.array(z.string()).default([]),
  errors: z.record(z.string(), z.string()).default({}),
});

/** The transport under jira.js: its requests go through the guarded way out. A refusal or failure is a Fault with a sentence. Once `signal` is aborted nothing more is sent. */
export function jiraClient({ url, email, token }: JiraAccess, signal?: AbortSignal): Client {
  const { origin, hostname } = new URL(url);
  const own = !hostname.endsWith(".atlassian.net");
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}`;
  const send = concealing(guardedFetch({ hosts: [{ origin, private: own }], timeoutMs: 20_000 }), [authorization]);

  return {
    async sendRequest<T>({ url: path, method = "GET", body, headers, searchParams, schema }: SendRequestOptions<T>) {
      const address = new URL(path, origin);
      for (const [name, value] of Object.entries(searchParams ?? {}))
        if (value !== undefined) address.searchParams.set(name, String(value));
      const response = await send(address, {
        method,
        headers: {
          accept: "application/json",
          authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
      const text = await response.text();
      if (!response.ok)
        throw faultOfStatus({
          system: "Jira",
          status: response.status,
          said: saidIn(text),
          retryAfterMs: response.status === 429 ? retryAfterOf(response.headers.get("retry-after")) : null,
          credential: "JIRA_API_TOKEN",
        });
      const answer = text === "" ? undefined : parse(text);
      // Jira's answers vary with settings the schemas do not know; the tools judge what they use of them.
      const checked = schema?.safeParse(answer);
      return (checked?.success ? checked.data : answer) as T;
    },
  };
}

function saidIn(text: string): string {
  try {
    const { errorMessages, errors } = Refusal.parse(JSON.parse(text));
    return [...errorMessages, ...Object.entries(errors).map(([field, what]) => `${field}: ${what}`)].join("; ");
  } catch {
    return "";
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault("tool-failed", "Jira answered with something that is not JSON.", {
      cause: error,
      retryAfterMs: 5000,
    });
  }
}
