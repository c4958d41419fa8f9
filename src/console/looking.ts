import type { Context } from "hono";
import type { Person } from "../domain/incoming.ts";
import { cleanText } from "../domain/text.ts";
import type { Env } from "../http/app.ts";
import type { Ports } from "../http/ports.ts";
import type { GateView, RunLine } from "../http/reads.ts";
import { maySee, seenBy } from "../people/people.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";

/** A page's content, for whoever looks. */
export type View = (
  c: Context<Env>,
  person: Person,
) => Promise<{ readonly title: string; readonly main: Html; readonly status?: 404 }>;

/** What every page is made with: what there is, and what of it somebody may see. */
export interface Looking extends Ports {
  readonly tenant: string;
  /** Everybody who may stand in the record, by the id that stands there: people, then API keys. */
  names(): Promise<Names>;
  /** Whether this person may see a run, or what belongs to one. */
  sees(person: Person, of: Pick<RunLine, "requesterId" | "personal">): boolean;
  /** The same for a list of runs. */
  seenBy(person: Person): ReturnType<typeof seenBy>;
  /** What this person may do with an open question: answer it, withdraw what they asked for, deny what they changed; or nothing. */
  standingOf(person: Person, gate: GateView): Standing | null;
}

export type Standing = "answer" | "withdraw" | "deny";

export function lookingAt(ports: Ports, tenant: string): Looking {
  const { people, keys, gates } = ports;
  return {
    ...ports,
    tenant,
    async names() {
      const [everybody, all] = await Promise.all([people.all(tenant), keys.all()]);
      return new Map([
        ...everybody.map(({ id, name }): [string, string] => [id, name]),
        ...all.map(({ id, name, revoked }): [string, string] => [
          `key:${id}`,
          `the API key ${name}${revoked ? " (revoked)" : ""}`,
        ]),
      ]);
    },
    sees: (person, of) => maySee({ by: person, keyId: null }, of),
    seenBy: (person) => seenBy({ by: person, keyId: null }),
    standingOf(person, gate) {
      if (gates.mayAnswer(person, gate)) return "answer";
      if (!gate.barred.includes(person.id)) return null;
      return [gate.context["changers"]].flat().includes(person.id) ? "deny" : "withdraw";
    },
  };
}

/** What an address says by these names, cleaned; "" for what it does not say. */
export function saidIn<Name extends string>(c: Context<Env>, names: readonly Name[]): Record<Name, string> {
  const said = (name: Name) =>
    cleanText(c.req.query(name) ?? "")
      .trim()
      .slice(0, 200);
  return Object.fromEntries(names.map((name) => [name, said(name)])) as Record<Name, string>;
}
