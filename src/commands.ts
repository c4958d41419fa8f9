import { compose } from "./compose.ts";
import { readSettings } from "./config/settings.ts";
import { askRunning, type Task } from "./control.ts";
import { Fault } from "./domain/fault.ts";
import { newKey, parseScopes } from "./people/people.ts";
import type { Steward } from "./steward.ts";
import { allKeys } from "./store/keys.ts";

const noRecord = ({ place }: Steward) => `There is no record yet: not one entry in ${place}.`;

const auditVerify: Task = async (steward, _args, print) => {
  const report = await steward.verify();
  if (report.ok && report.entries === 0) {
    print(noRecord(steward));
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

const auditExport: Task = async (steward, _args, print) => {
  let lines = 0;
  for await (const line of steward.exportAudit()) {
    print(line);
    lines += 1;
  }
  // A header and a footer are no record. What is printed may go to a file: this is for whoever looks.
  if (lines > 2) return 0;
  console.error(noRecord(steward));
  return 3;
};

const keyCreate: Task = async ({ tenant, kernel }, [name = "", wanted = "workflows:write,workflows:read"], print) => {
  const parsed = parseScopes(wanted);
  if (!name || !parsed.ok) {
    print(
      parsed.ok
        ? "Give the key a name: steward key create NAME --scopes workflows:write,workflows:read"
        : parsed.sentence,
    );
    return 1;
  }
  const key = newKey();
  await kernel.do({
    tenant,
    actors: [],
    async run(batch) {
      batch.writes.keys.push({ id: key.id, hash: key.hash, name, scopes: parsed.scopes });
      await batch.record("admin", "key.created", "system", { key: key.id, scopes: [...parsed.scopes] });
    },
  });
  print(
    `${key.secret}\n\nOnly its hash is kept: this is the one time it is shown. Scopes: ${parsed.scopes.join(", ")}.\nUse it as: Authorization: Bearer ${key.secret}`,
  );
  return 0;
};

const keyList: Task = async ({ db, tenant }, _args, print) => {
  const keys = await allKeys(db, tenant);
  for (const key of keys)
    print(`${key.id}  ${key.name}  ${key.scopes.join(",")}  ${key.createdAt}${key.revoked ? "  revoked" : ""}`);
  if (keys.length === 0)
    print("There are no keys. Make one: steward key create NAME --scopes workflows:write,workflows:read");
  return 0;
};

const keyRevoke: Task = async ({ tenant, kernel }, [id = ""], print) => {
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

const migrate: Task = (_steward, _args, print) => {
  print("The database is up to date.");
  return Promise.resolve(0);
};

const doctor: Task = async ({ platforms, unconfigured, connectors, configuration, leftOut }, _args, print) => {
  let missing = 0;
  const [said = "", ...waiting] = configuration;
  print(said);
  for (const sentence of waiting) print(`- ${sentence}`);
  for (const { platform } of platforms) {
    if (unconfigured.includes(platform.adapter.platform)) continue;
    const found = await platform.examine();
    missing += found.length;
    print(`${platform.adapter.platform}: ${found.length === 0 ? "nothing is missing." : `${found.length} to do`}`);
    for (const sentence of found) print(`- ${sentence}`);
  }
  for (const { connector, found, offers = [] } of await connectors.examine()) {
    missing += found.length;
    print(`${connector}: ${found.length === 0 ? "nothing is missing." : `${found.length} to do`}`);
    for (const offer of offers) print(`- ${offer}`);
    for (const sentence of found) print(`- ${sentence}`);
  }
  for (const name of unconfigured) print(`${name}: not configured; docs/${name}.md says how.`);
  if (leftOut !== null) print(leftOut);
  return missing === 0 ? 0 : 2;
};

/** By name, as they are typed. */
export const tasks: Readonly<Record<string, Task>> = {
  migrate,
  doctor,
  "audit verify": auditVerify,
  "audit export": auditExport,
  "key create": keyCreate,
  "key list": keyList,
  "key revoke": keyRevoke,
};

/** Runs a task here, or, when the embedded database is in use, inside the Steward that uses it. */
export async function runTask(name: string, args: readonly string[]): Promise<number> {
  const settings = readSettings();
  // Whoever reads may have seen enough: `steward audit export | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  let steward: Steward;
  try {
    steward = await compose(settings, (error) => console.error(error.message));
  } catch (error) {
    const answered =
      error instanceof Fault && error.code === "in-use"
        ? await askRunning(settings.dataDir, { name, args }, print)
        : null;
    if (answered === null) throw error;
    return answered;
  }
  try {
    return await (tasks[name] as Task)(steward, args, print);
  } finally {
    await steward.close();
  }
}
