import { readSettings } from "./config/settings.ts";
import { askRunning, type Task } from "./control.ts";
import { examine, report } from "./doctor.ts";
import { Fault } from "./domain/fault.ts";
import { newKey, parseScopes } from "./people/people.ts";
import type { Database } from "./store/database.ts";
import { allKeys } from "./store/keys.ts";
import { openAsItIs, openDatabase } from "./store/open.ts";
import { findPeople } from "./store/people.ts";
import { openRecords, type Records } from "./terminal.ts";

type Command = Task<Records>;

const noRecord = ({ place }: Records) => `There is no record yet: not one entry in ${place}.`;

const auditVerify: Command = async (records, _args, print) => {
  const report = await records.verify();
  if (report.ok && report.entries === 0) {
    print(noRecord(records));
    return 3;
  }
  if (report.ok)
    print(
      `The record is whole: ${report.entries} entries in ${report.streams} streams${report.erased > 0 ? `, ${report.erased} bodies erased` : ""}.`,
    );
  else
    print(
      `The record is NOT whole. ${report.first?.stream}, entry ${report.first?.seq}: ${report.first?.kind}. ${report.first?.sentence}`,
    );
  if (report.broken > 1) print(`${report.broken} streams are broken; this is the first.`);
  print(`\nWhat cannot be seen yet:\n${report.limits.map((limit) => `- ${limit}`).join("\n")}`);
  return report.ok ? 0 : 2;
};

const auditExport: Command = async (records, _args, print) => {
  let lines = 0;
  for await (const line of records.exportAudit()) {
    print(line);
    lines += 1;
  }
  // A header and a footer are no record. What is printed may go to a file: this is for whoever looks.
  if (lines > 2) return 0;
  console.error(noRecord(records));
  return 3;
};

const keyCreate: Command = async ({ tenant, kernel, db }, given, print) => {
  const [name = ""] = given.filter((one) => !one.startsWith("--"));
  const option = (of: string) => given.find((one) => one.startsWith(`--${of}=`))?.slice(of.length + 3) ?? null;
  const parsed = parseScopes(option("scopes") ?? "workflows:write,workflows:read");
  const ownerId = option("for");
  const [owner] = ownerId === null ? [] : await findPeople(db, tenant, [ownerId]);
  const wrong = !name
    ? `Give the key a name: ${keyUsage}`
    : !parsed.ok
      ? parsed.sentence
      : ownerId !== null && (!owner?.active || owner.kind !== "member")
        ? `There is no member “${ownerId}” whom the key could be for: give the id of a person in steward.yaml who is active and no guest.`
        : null;
  if (wrong !== null || !parsed.ok) {
    print(wrong ?? "");
    return 1;
  }
  const key = newKey();
  const { id, hash } = key;
  const { scopes } = parsed;
  await kernel.do({
    tenant,
    actors: [],
    async run(batch) {
      batch.writes.keys.push({ id, hash, name, scopes, ownerId });
      await batch.record("admin", "key.created", "system", { key: id, scopes: [...scopes], for: ownerId });
    },
  });
  print(
    `${key.secret}\n\nOnly its hash is kept: this is the one time it is shown. Scopes: ${scopes.join(", ")}.\n${
      owner
        ? `It is for ${owner.name}, who may not approve what is asked with it.`
        : "It is nobody's: whoever knows it and may approve could approve what they asked with it. Give it to a machine that no approver has in hand, or make it for somebody: --for PERSON."
    }\nUse it as: Authorization: Bearer ${key.secret}`,
  );
  return 0;
};

const keyUsage = "steward key create NAME --for PERSON --scopes workflows:write,workflows:read";

const keyList: Command = async ({ db, tenant }, _args, print) => {
  const keys = await allKeys(db, tenant);
  for (const { id, name, owner, scopes, createdAt, revoked } of keys)
    print(
      `${id}  ${name}  ${owner ? `for ${owner.id}${owner.active ? "" : ", who is no longer here"}` : "nobody's"}  ${scopes.join(",")}  ${createdAt}${revoked ? "  revoked" : ""}`,
    );
  if (keys.length === 0) print(`There are no keys. Make one: ${keyUsage}`);
  return 0;
};

const keyRevoke: Command = async ({ tenant, kernel }, [id = ""], print) => {
  const revoked = await kernel.do({
    tenant,
    actors: [],
    async run(batch) {
      const [key] = await batch.reads.query(
        "select 1 from steward.api_key where tenant_id = $1 and id = $2 and revoked_at is null",
        [tenant, id],
      );
      if (!key) return false;
      batch.writes.keysRevoked.push({ id });
      await batch.record("admin", "key.revoked", "system", { key: id });
      return true;
    },
  });
  print(
    revoked
      ? `Key ${id} is revoked; it opens nothing from now on.`
      : `There is no key ${id} that is not revoked already. See: steward key list`,
  );
  return revoked ? 0 : 1;
};

const peopleApply: Command = async ({ takePeople }, _args, print) => {
  await takePeople(true);
  print(
    "Persons, roles and accounts are now what steward.yaml says, and what changed is in the record. What else is in the file holds from the next start on.",
  );
  return 0;
};

const migrate: Command = (_records, _args, print) => {
  print("The database is up to date.");
  return Promise.resolve(0);
};

const doctor: Task = (steward, _args, print) => report(steward, print);

/** What needs the record alone. */
const commands: Readonly<Record<string, Command>> = {
  migrate,
  "audit verify": auditVerify,
  "audit export": auditExport,
  "key create": keyCreate,
  "key list": keyList,
  "key revoke": keyRevoke,
  "people apply": peopleApply,
};

/** By name, as they are typed: what a running Steward does for whoever asks it. */
export const tasks: Readonly<Record<string, Task>> = { ...commands, doctor };

/** Runs a task here, or, when the embedded database is in use, inside the Steward that uses it. */
export async function runTask(name: string, args: readonly string[]): Promise<number> {
  const settings = readSettings();
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const where = settings.databaseUrl ? { url: settings.databaseUrl } : { folder: settings.dataDir };
  let db: Database;
  try {
    db = await (name === "migrate" ? openDatabase : openAsItIs)(where, (error) => console.error(error.message));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const answered = error.code === "in-use" ? await askRunning(settings.dataDir, { name, args }, print) : null;
    if (answered !== null) return answered;
    if (name !== "doctor") throw error;
    return examine(settings, error.message, print);
  }
  try {
    return await (name === "doctor"
      ? examine(settings, db, print)
      : (commands[name] as Command)(openRecords(db, settings), args, print));
  } finally {
    await db.close();
  }
}
