import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { canonical, type Json } from "../../domain/json.ts";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool, type Risk } from "../../domain/tool.ts";
import { type Answer, connect, failureOf, type HttpServer } from "./connection.ts";
import type { Policy } from "./guard.ts";

const methods = ["POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof methods)[number];

/** A web service whose requests are tools. */
export interface WebService extends HttpServer {
  /** How risky each method is here, or that it is never sent. What is not named is dangerous. */
  readonly methods: Readonly<Partial<Record<Method, "write" | "dangerous" | "never">>>;
  /** The header by which this service knows a request it has carried out already. */
  readonly idempotencyHeader: string | null;
  /** What a request costs, in US dollars; null: nothing. */
  readonly costUsd: number | null;
}

const Value = z.union([z.string().max(2000), z.number(), z.boolean()]);
const Address = z.object({
  path: z.string().min(1).max(2000),
  query: z.record(z.string().max(200), Value).optional(),
});
const Given = z.object({
  status: z.number(),
  /** Parsed where it is JSON; null where it is no text. */
  body: z.unknown(),
  /** Whether the body is all of it. */
  whole: z.boolean(),
  /** What to know about it, such as that it is a redirect that was not followed. */
  note: z.string().nullable(),
});
const mostRead = 256 * 1024;
/** Characters of a body on a card. */
const longestShown = 500;

/** Two tools for each service: `http.NAME.get` reads, `http.NAME.send` does anything else its configuration lets through. */
export function httpTools(services: readonly WebService[], resolve?: Policy["resolve"]): AnyTool[] {
  return services.flatMap((service) => [getTool(service, resolve), sendTool(service, resolve)]);
}

function getTool(service: WebService, resolve: Policy["resolve"]): AnyTool {
  const ask = connect(service, resolve);
  return defineTool({
    name: `http.${service.name}.get`,
    summary: `Read from ${service.name} (${service.url})`,
    params: Address,
    result: Given,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 15_000,
    egress: [new URL(service.url).host],
    ...(service.costUsd !== null && { costUsd: service.costUsd }),
    describe: ({ path }) => `Read ${path} from ${service.name}`,
    async run({ args: { path, query }, signal }) {
      const answer = await ask({ path, ...(query ? { query } : {}), signal, maxBytes: mostRead });
      if (answer.status >= 400) throw failureOf(service.name, answer);
      return givenBy(answer);
    },
  });
}

function sendTool(service: WebService, resolve: Policy["resolve"]): AnyTool {
  const ask = connect({ ...service, redirects: 0 }, resolve);
  const allowed = methods.filter((method) => service.methods[method] !== "never");
  return defineTool({
    name: `http.${service.name}.send`,
    summary: `Send a request that may change something to ${service.name} (${service.url})`,
    params: Address.extend({ method: z.enum(methods), body: z.json().optional() }),
    result: Given,
    risk: ({ method }) => (service.methods[method] === "write" ? "write" : "dangerous"),
    risks: risksOf(service, allowed),
    final: `Only ${service.name} knows what takes a request back, if anything does.`,
    effect: service.idempotencyHeader === null ? "opaque" : "keyed",
    timeoutMs: 15_000,
    egress: [new URL(service.url).host],
    ...(service.costUsd !== null && { costUsd: service.costUsd }),
    steers: ["method", "path", "query"],
    describe: ({ method, path }) => `Send ${method} ${path} to ${service.name} (${new URL(service.url).host})`,
    pin: async () => ({ url: service.url }),
    // What it would do there nobody can know before: it is shown as it would be sent.
    async dryRun({ args: { method, path, query, body } }) {
      refuseUnlet(service, allowed, method);
      const { host, pathname } = new URL(service.url);
      const asked = new URLSearchParams(
        Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const where = `${host}${pathname.replace(/\/$/, "")}${path}${asked.size === 0 ? "" : `?${asked}`}`;
      const sent = body === undefined ? "nothing in its body" : `the body ${shorten(canonical(body), longestShown)}`;
      return `Would send ${method} to ${where} with ${sent}.`;
    },
    async run({ args: { method, path, query, body }, effectId, signal }) {
      refuseUnlet(service, allowed, method);
      const answer = await ask({
        method,
        path,
        ...(query ? { query } : {}),
        headers: {
          ...(service.idempotencyHeader === null ? {} : { [service.idempotencyHeader]: effectId }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: canonical(body) }),
        signal,
        maxBytes: mostRead,
      });
      if (answer.status >= 400) throw failureOf(service.name, answer);
      return givenBy(answer);
    },
  });
}

function refuseUnlet({ name }: WebService, allowed: readonly Method[], method: Method): void {
  if (allowed.includes(method)) return;
  const right = allowed.join(", ") || "it is only read";
  throw new Fault("bad-request", `${name} takes no ${method}; ${right}.`, { undone: true });
}

/** Of a service that is only read a request would be refused, whatever it asks. */
function risksOf({ methods }: WebService, allowed: readonly Method[]): readonly Risk[] {
  const risks = (["write", "dangerous"] as const).filter((risk) =>
    allowed.some((method) => (methods[method] === "write") === (risk === "write")),
  );
  return risks.length === 0 ? ["dangerous"] : risks;
}

function givenBy(answer: Answer): z.output<typeof Given> {
  const { status, contentType, text, whole, location } = answer;
  const binary = text === "" && !whole;
  const note = [
    ...(location !== null && status >= 300 && status < 400
      ? [`It points to ${location}, which was not followed.`]
      : []),
    ...(binary ? [`It is ${contentType}, which is not shown.`] : []),
    ...(!whole && !binary ? [`Only its first ${text.length} characters were read.`] : []),
  ].join(" ");
  return { status, body: binary ? null : parsed(answer), whole, note: note === "" ? null : note };
}

function parsed({ contentType, text, whole }: Answer): Json {
  if (!whole || !/\bjson\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
