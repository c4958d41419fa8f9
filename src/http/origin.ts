const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const loopbackPeers = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** What a door must know of a request to judge where it comes from. */
export interface Provenance {
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address at the other end of the socket; null when unknown. */
  readonly peer: string | null;
}

/** Why a request that changes something comes from another site, or null. Origin absent or our own host is fine. */
export function crossSite({ headers }: Provenance): string | null {
  const site = headers["sec-fetch-site"];
  const foreign = !ownOrigin(headers) || (site !== undefined && site !== "same-origin" && site !== "none");
  return foreign
    ? "This request comes from another site. Changes are taken only from our own pages, or from programs that send no Origin."
    : null;
}

/** Why this request may not say by itself who it is (trial mode only), or null: loopback, unforwarded, our own host. */
export function notFromHere({ headers, peer }: Provenance): string | null {
  if (peer === null || !loopbackPeers.has(peer))
    return "In trial mode people are only believed from this machine itself (a loopback connection).";
  if (!loopbackHosts.has(hostname(headers["host"] ?? "")))
    return "In trial mode the Host must be localhost, 127.0.0.1 or [::1].";
  const forwarded = Object.keys(headers).find((name) =>
    /^(forwarded|via|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$|^x-forwarded/.test(name),
  );
  if (forwarded !== undefined)
    return `In trial mode a forwarded request (header ${forwarded}) may not say who it is: connect directly.`;
  if (!ownOrigin(headers)) return "In trial mode the Origin must be absent or our own.";
  return null;
}

function ownOrigin(headers: Readonly<Record<string, string>>): boolean {
  const origin = headers["origin"];
  return (
    origin === undefined || (URL.canParse(origin) && new URL(origin).host === (headers["host"] ?? "").toLowerCase())
  );
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}
