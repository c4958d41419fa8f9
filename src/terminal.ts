import { exportLines } from "./audit/export.ts";
import { limits, verify } from "./audit/verify.ts";
import type { StewardYaml } from "./config/schema.ts";
import type { Settings } from "./config/settings.ts";
import { readStewardYaml } from "./config/steward-yaml.ts";
import { Fault } from "./domain/fault.ts";
import { Advancer } from "./orchestrator/advance.ts";
import { jobParts } from "./queue/parts.ts";
import type { Steward } from "./steward.ts";
import { auditSources, recordNow } from "./store/audit.ts";
import type { Database } from "./store/database.ts";
import { kernelStore } from "./store/kernel.ts";
import { type Roster, takeRoster } from "./store/roster.ts";

/** What a command about the record, keys or people has: the database as it is, and nothing of what works on it. */
export interface Records extends Pick<Steward, "tenant" | "db" | "place" | "verify" | "exportAudit" | "takePeople"> {
  readonly kernel: Pick<Steward["kernel"], "do">;
}

/** The tenant of an installation: there is one. */
export const tenant = "default";

/** The record of a database, and who people are in it: what a running Steward and a command have alike. */
export function recordsOf(
  db: Database,
  { databaseUrl, dataDir, configFile }: Pick<Settings, "databaseUrl" | "dataDir" | "configFile">,
): Omit<Records, "kernel"> {
  return {
    tenant,
    db,
    place: databaseUrl === null ? dataDir : "the database of DATABASE_URL",
    verify: () => recordNow(db, tenant, async (sources) => ({ ...(await verify(sources)), limits })),
    exportAudit: () => exportLines(auditSources(db, tenant), new Date()),
    takePeople: (again = false) => takeRoster(db, tenant, rosterOf(readStewardYaml(configFile)), again),
  };
}

/** The same over an open database, for a command: it writes, but no actor takes a turn here and no job is added. */
export function openRecords(db: Database, settings: Settings): Records {
  const none = () => Promise.reject(new Fault("conflict", "Runs move only where a Steward is running."));
  const advancer = new Advancer(
    kernelStore(db, jobParts),
    { place: () => [], committed: () => undefined, dropped: () => undefined },
    { machine: none, obey: none },
    1,
  );
  return { ...recordsOf(db, settings), kernel: { do: (deed) => advancer.do(deed) } };
}

/** Who is who, as steward.yaml says. */
export function rosterOf({ people, groups }: StewardYaml): Roster {
  return { people: people.map((person) => ({ ...person, manager: person.manager ?? null })), groups };
}
