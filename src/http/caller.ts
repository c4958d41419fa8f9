import type { Context } from "hono";
import { getSignedCookie } from "hono/cookie";
import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import { cleanText } from "../domain/text.ts";
import type { Caller, Env, Settings } from "./app.ts";
import type { Provenance } from "./origin.ts";
import { notFromHere } from "./origin.ts";
import type { Actor, Ports } from "./ports.ts";

export type Scope = "workflows:write" | "workflows:read" | "gates:read" | "audit:read" | "runs:steer";

export const cookieName = "steward_session";

/** What production answers where a person would have to sign in. */
export const signInMissing =
  "Signing in people is not available in production mode yet, so the console and the web chat are closed. Use the REST API with a key from `npx steward key create`, or set STEWARD_MODE=trial to try the product.";

export function provenanceOf(c: Context<Env>): Provenance {
  return { headers: c.req.header(), peer: c.env?.incoming?.socket?.remoteAddress ?? null };
}

/**
 * Finds out who calls: an API key, the trial's person header, or a session cookie, in this order. What claims to be
 * somebody and cannot be is refused and audited, never treated as nobody; only an old cookie is just an old cookie.
 */
export async function callerOf(c: Context<Env>, ports: Ports, settings: Settings): Promise<Caller> {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) return await byKey(authorization, ports, settings);
  const claimed = c.req.header("x-steward-person");
  if (claimed !== undefined) return { kind: "person", person: await claimedPerson(c, claimed, ports, settings) };
  if (settings.mode !== "trial") return { kind: "nobody" };
  const cookie = await getSignedCookie(c, settings.sessionSecret, cookieName);
  if (!cookie || notFromHere(provenanceOf(c)) !== null) return { kind: "nobody" };
  const person = await ports.people.person(settings.tenant, cookie.slice(0, cookie.lastIndexOf(".")));
  return person?.active ? { kind: "person", person } : { kind: "nobody" };
}

async function byKey(authorization: string, ports: Ports, { tenant }: Settings): Promise<Caller> {
  const secret = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  const key = secret === undefined ? null : await ports.keys.bySecret(secret);
  if (key !== null) return { kind: "key", ...key };
  await ports.audit.refuse({ tenant, stream: "auth", because: "unknown-key", by: null, door: "http" });
  throw new Fault(
    "unauthorized",
    "This API key is not known, was revoked, or is of somebody who is no longer here: send `Authorization: Bearer KEY` with a key from `npx steward key create`.",
  );
}

/** The person a trial request says it comes from, if it may say so and there is one. Otherwise 400 and an audit entry. */
export async function claimedPerson(
  c: Context<Env>,
  claimed: string,
  ports: Ports,
  { tenant, mode }: Settings,
): Promise<Person> {
  const refuse = async (because: string, sentence: string) => {
    await ports.audit.refuse({ tenant, stream: "auth", because, by: null, door: "http" });
    return new Fault("bad-request", sentence);
  };
  if (mode !== "trial")
    throw await refuse(
      "person-claimed",
      "Saying who you are (x-steward-person) works in trial mode only: use an API key.",
    );
  const reason = notFromHere(provenanceOf(c));
  if (reason !== null) throw await refuse("person-claimed", reason);
  const person = await ports.people.person(tenant, cleanText(claimed));
  if (person?.active) return person;
  const known = (await ports.people.all(tenant)).filter((each) => each.active).map((each) => each.id);
  throw await refuse(
    "unknown-person",
    `There is no person “${cleanText(claimed).slice(0, 60)}” here: the trial company has ${known.join(", ")}.`,
  );
}

/**
 * Why a page may not act or be drawn anew, or null: it was drawn for one person, and another is signed in in its browser now
 * (trial only, where every tab may change that). Its script says for whom in x-steward-drawn-for, which gives nobody any right.
 */
export async function notAnymore(c: Context<Env>, ports: Ports, { tenant }: Settings): Promise<string | null> {
  const drawnFor = c.req.header("x-steward-drawn-for");
  const caller = c.get("caller");
  const now = caller.kind === "person" ? caller.person : null;
  if (drawnFor === undefined || caller.kind === "key" || now?.id === drawnFor) return null;
  const before = (await ports.people.person(tenant, cleanText(drawnFor)))?.name ?? "somebody else";
  const is = now === null ? "Nobody is signed in" : `You are ${now.name} now`;
  return `${is} in this browser, and this page was drawn for ${before}: nothing was done.`;
}

/** The signed-in person, or a Fault that says how to become one. */
export function personOf(c: Context<Env>): Person {
  const caller = c.get("caller");
  if (caller.kind === "person") return caller.person;
  if (caller.kind === "key") throw new Fault("forbidden", "An API key is not a person: this needs somebody signed in.");
  throw new Fault(
    "unauthorized",
    'Nobody is signed in: POST /api/session {"person": "ana"}, or send the header x-steward-person (trial mode).',
  );
}

/** A person, or a key with one of these scopes. */
export function personOrKey(c: Context<Env>, ...scopes: readonly [Scope, ...Scope[]]): Actor {
  const caller = c.get("caller");
  if (caller.kind === "person") return { by: caller.person, keyId: null };
  if (caller.kind === "nobody")
    throw new Fault(
      "unauthorized",
      `Say who you are: an API key with scope ${scopes.join(" or ")} (Authorization: Bearer KEY), or in trial mode the header x-steward-person.`,
    );
  const scope = scopes.join(" or ");
  if (scopes.some((one) => caller.scopes.includes(one)))
    return { by: null, keyId: caller.id, ...(caller.scopes.includes("audit:read") && { audits: true as const }) };
  throw new Fault("forbidden", `This API key lacks the scope ${scope}: create one with it.`);
}
