import type { FaultKind, LogLine, Spell } from "./company.ts";
import { calls } from "./faults.ts";
import { type Place, troubleOf } from "./metrics.ts";
import { draw } from "./noise.ts";

const everyMs = 10_000;

/**
 * What a service writes by itself between two instants, oldest first: a pure function like its figures. Each service is
 * written in another language and words its troubles accordingly.
 */
export function chatter(place: Place, spells: readonly Spell[], from: number, until: number): LogLine[] {
  const lines: LogLine[] = [];
  for (let slot = Math.floor(from / everyMs); slot * everyMs <= until; slot++) {
    const seed = `${place.service}/${place.environment}/${slot}`;
    const at = slot * everyMs + Math.floor(draw(`${seed}/when`) * everyMs);
    const line = lineAt(place, spells, at, seed);
    if (at >= from && at <= until) lines.push({ at: new Date(at).toISOString(), line });
  }
  return [...lines, ...firstCries(place, spells, from, until)].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The moment a fault begins it is written about; from then on every now and then. */
function firstCries({ service }: Place, spells: readonly Spell[], from: number, until: number): LogLine[] {
  return spells
    .filter((spell) => spell.service === service && Date.parse(spell.since) >= from && Date.parse(spell.since) <= until)
    .map(({ kind, since }) => ({ at: since, line: cry(service, kind, since) }));
}

function lineAt(place: Place, spells: readonly Spell[], at: number, seed: string): string {
  const dice = draw(`${seed}/what`);
  const own = spells.find(
    ({ service, since, until }) =>
      service === place.service && at >= Date.parse(since) && (until === null || at < Date.parse(until)),
  );
  if (own && dice < 0.6) return cry(place.service, own.kind, seed);
  for (const callee of calls[place.service] ?? []) {
    const { errors, slowerMs } = troubleOf({ ...place, service: callee }, spells, at - everyMs);
    if (errors > 5 && dice < 0.7) return complaint(place.service, callee, seed);
    if (slowerMs > 300 && dice < 0.5) return `WARN call to ${callee} took ${Math.round(slowerMs * 0.7)} ms`;
  }
  return small(place.service, seed);
}

const failing: Readonly<Record<string, string>> = {
  website: "ERROR upstream CALLEE: 502 bad gateway",
  checkout: "ERROR FetchError: request to http://CALLEE/v1 failed with status 503",
  billing: "ERROR feign.RetryableException: CALLEE did not answer",
  search: "ERROR rpc to CALLEE failed: context deadline exceeded",
};

function complaint(service: string, callee: string, seed: string): string {
  const line = (failing[service] ?? "ERROR call to CALLEE failed").replace("CALLEE", callee);
  return `${line} (request ${Math.floor(draw(`${seed}/request`) * 1e6)})`;
}

/** One line of a healthy day. One in forty is a warning that means nothing. */
function small(service: string, seed: string): string {
  const [kind, figure] = [draw(`${seed}/small`), draw(`${seed}/figure`)];
  if (kind < 0.025) return `WARN retrying after a connection was reset, attempt ${1 + Math.floor(figure * 2)}`;
  if (kind < 0.1) return `INFO cache refreshed, ${200 + Math.floor(figure * 100)} entries`;
  const paths: Readonly<Record<string, string>> = {
    website: "GET /",
    checkout: "POST /cart",
    billing: "POST /invoices",
    search: "GET /find",
  };
  return `INFO ${paths[service] ?? "GET /"} 200 in ${70 + Math.floor(figure * 60)} ms`;
}

function cry(service: string, kind: FaultKind, seed: string): string {
  const figure = Math.floor(draw(`${seed}/cry`) * 900) + 100;
  const lines = cries[kind];
  return (lines[service] ?? lines["otherwise"] ?? kind).replace(/\bN\b/g, String(figure));
}

/** Per fault: what the services say that word it in a way of their own, and what the others say. */
const cries: Readonly<Record<FaultKind, Readonly<Record<string, string>>>> = {
  crashloop: {
    otherwise: "FATAL cannot open /etc/app/routes.json: exit 1, restarting",
    billing: "FATAL APPLICATION FAILED TO START: could not resolve placeholder 'ledger.url'",
    search: "FATAL panic: open /etc/search/index.toml: no such file or directory",
  },
  "memory-leak": {
    otherwise: "WARN heap is growing, garbage collection took N ms",
    billing: "WARN [gc] Pause Full (Ergonomics) N ms, old generation nearly full",
    search: "WARN runtime: resident memory N MiB over the soft limit",
  },
  "bad-deploy": {
    otherwise: "ERROR TypeError: cart.total is not a function (request N)",
    billing:
      "ERROR java.lang.NullPointerException: Cannot invoke Invoice.currency() because invoice is null (request N)",
    search: "ERROR panic recovered: index out of range [N] with length 12",
    website: "ERROR Uncaught Error: Call to undefined method Page::hero() (request N)",
  },
  "config-change": {
    otherwise: "ERROR no route to payment provider eu-N: unknown region",
    billing: "ERROR HikariPool-1 could not authenticate against ledger-N: role does not exist",
    search: "ERROR shard N is not in the cluster map",
    website: "ERROR feature flag set N refers to a template that is not there",
  },
  slow: {
    otherwise: "WARN query took N ms (connection pool exhausted)",
    billing: "WARN HikariPool-1 - Connection is not available, request timed out after N ms",
    search: "WARN N goroutines are waiting for a free connection",
  },
  hung: {
    otherwise: "WARN event loop blocked for N s",
    billing: "WARN deadlock: N threads wait for the lock held by worker-1",
    search: "WARN watchdog: no progress for N s, N requests are waiting",
  },
  "traffic-spike": {
    otherwise: "WARN request queue is N deep",
    billing: "WARN http-nio thread pool is saturated, N requests are queued",
    search: "WARN shedding load: N requests over the limit",
  },
  "disk-full": {
    otherwise: "WARN ENOSPC: no space left on device, write '/var/tmp/upload-N'",
    billing: "WARN java.io.IOException: No space left on device (spool N)",
    search: "WARN merge N postponed: low disk watermark exceeded",
  },
  "noisy-neighbour": {
    otherwise: "WARN scheduled task ran N ms late",
    search: "WARN cpu throttled: got N of 1000 ms",
  },
  "cert-expired": {
    otherwise: "ERROR TLS handshake failed: certificate has expired (peer N)",
    billing: "ERROR PKIX path validation failed: CertificateExpiredException (peer N)",
    search: "ERROR x509: certificate has expired or is not yet valid (peer N)",
  },
};
