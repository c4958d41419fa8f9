import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { Fault } from "../../domain/fault.ts";

/** One place a connector may go. */
export interface AllowedHost {
  /** Scheme, host and port: "https://api.github.com", "https://*.example.com:8443", "http://prometheus:9090". http needs `private`. */
  readonly origin: string;
  /** It may lie in a private network or on this machine. Metadata services and link-local addresses stay out of reach. */
  readonly private?: boolean;
}

/** Addresses that answer with a machine's credentials and do not lie in a link-local range. */
const metadata = ["100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);
const inside = ["private", "loopback", "carrierGradeNat", "uniqueLocal"];
const global = ipaddr.IPv6.parseCIDR("2000::/3");

/** Why no connection goes to this address, or null. An IPv4 address inside an IPv6 one is judged itself, or refused. */
export function whyNotTo(address: string, mayBePrivate: boolean): string | null {
  if (isIP(address) === 0) return `“${address.slice(0, 60)}” is no address.`;
  const given = ipaddr.parse(address);
  const at = given instanceof ipaddr.IPv6 && given.isIPv4MappedAddress() ? given.toIPv4Address() : given;
  if (metadata.includes(at.toNormalizedString())) return `${address} is a cloud's metadata service.`;
  const range = at.range();
  if (inside.includes(range))
    return mayBePrivate ? null : `${address} lies in a private network (${range}) and the host is not marked private.`;
  if (range !== "unicast" || (at instanceof ipaddr.IPv6 && !at.match(global)))
    return `${address} is not an address of a server (${range === "unicast" ? "unassigned" : range}).`;
  return null;
}

/** The address as it will be asked, and what allows it. Throws Fault("bad-request"); what is refused is not repeated beyond its host. */
export function judgeUrl(text: string, allowed: readonly AllowedHost[]): { url: URL; host: AllowedHost } {
  const refuse = (sentence: string) => new Fault("bad-request", sentence, { undone: true });
  if (/[\s\\]|\p{Cc}/u.test(text) || !URL.canParse(text))
    throw refuse(
      "This is not an address that can be asked: write it as https://host/path, with special characters encoded.",
    );
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refuse(`Only https addresses can be asked, not ${url.protocol.slice(0, 30)}`);
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? "";
  if (authority.includes("@"))
    throw refuse(
      "An address must not carry a user name or password: credentials belong in a header from the environment.",
    );
  const port = url.protocol === "https:" ? ":443" : ":80";
  if (![url.host, `${url.host}${port}`].includes(authority.toLowerCase()) || url.hostname.endsWith("."))
    throw refuse(`The host ${url.hostname.slice(0, 100)} is written in an unusual way; write it plainly.`);
  const host = allowed.find((one) => covers(one, url));
  if (!host)
    throw refuse(
      `${url.origin.slice(0, 120)} is not among the hosts this connector may reach: ${allowed.map((one) => one.origin).join(", ")}.`,
    );
  if (url.protocol === "http:" && host.private !== true)
    throw refuse(`${url.origin} is not encrypted; http is only for hosts marked private.`);
  return { url, host };
}

function covers({ origin }: AllowedHost, url: URL): boolean {
  const wanted = new URL(origin);
  if (wanted.protocol !== url.protocol || wanted.port !== url.port) return false;
  if (!wanted.hostname.startsWith("*.")) return wanted.hostname === url.hostname;
  return isIP(url.hostname) === 0 && url.hostname.endsWith(wanted.hostname.slice(1));
}
