import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose } from "./compose.ts";
import { readConnectors } from "./config/connectors.ts";
import type { Settings } from "./config/settings.ts";
import { readStewardYaml } from "./config/steward-yaml.ts";
import { openConnectors } from "./connectors.ts";
import { Fault } from "./domain/fault.ts";
import { openPlatforms, unconfiguredIn } from "./platforms.ts";
import { openSources } from "./sources.ts";
import type { Steward } from "./steward.ts";
import type { Database } from "./store/database.ts";
import { noDatabase } from "./store/migrate.ts";
import { openDatabase } from "./store/open.ts";
import { isInForce } from "./store/roster.ts";
import { rosterOf, tenant } from "./terminal.ts";

/** What the doctor looks at. */
export interface Checkup extends Pick<Steward, "unconfigured" | "configuration" | "leftOut"> {
  readonly platforms: readonly Pick<Steward["platforms"][number], "platform">[];
  readonly connectors: Pick<Steward["connectors"], "examine">;
  /** What would stop the start, or is not as the file says. */
  readonly wrong?: readonly string[];
}

/** Says what is there and what is missing, and returns the exit code: 2 when something is. */
export async function report(
  { platforms, unconfigured, connectors, configuration, leftOut, wrong = [] }: Checkup,
  print: (line: string) => void,
): Promise<number> {
  let missing = wrong.length;
  const [said, ...waiting] = configuration;
  if (said !== undefined) print(said);
  for (const sentence of [...waiting, ...wrong]) print(`- ${sentence}`);
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
}

/**
 * Looks at everything while no Steward of this folder runs. What a start would do is tried on a database of its own, which is thrown
 * away: the real one is only read; where it cannot be used, `real` is the sentence why. Where a start would fail, what can be asked is
 * asked all the same.
 */
export async function examine(
  settings: Settings,
  real: Database | string,
  print: (line: string) => void,
): Promise<number> {
  const db = typeof real === "string" ? null : real;
  const yaml = readStewardYaml(settings.configFile);
  const folder = await mkdtemp(join(tmpdir(), "steward-doctor-"));
  const onError = (error: Error) => console.error(error.message);
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  // Before the first start nothing is wrong with that.
  if (real === noDatabase) print(real);
  const sentences = new Set(typeof real === "string" && real !== noDatabase ? [real] : []);
  const orWhy = async <T>(opened: Promise<T>): Promise<T | null> => {
    try {
      return await opened;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      sentences.add(error.message);
      return null;
    }
  };
  try {
    const tried = await orWhy(compose({ ...settings, databaseUrl: null, dataDir: folder }, onError));
    closing.unshift(() => tried?.close() ?? Promise.resolve());
    const memory = db ?? tried?.db ?? (await openDatabase({ folder }, onError));
    if (tried === null && db === null) closing.unshift(() => memory.close());
    const platforms = await openPlatforms(
      settings,
      { tenant, examples: [], onError, address: (path) => new URL(path, yaml.url ?? "http://localhost").href },
      memory,
    );
    const replaced = db !== null && (await isInForce(db, tenant, rosterOf(yaml))) === false;
    const checkup = {
      platforms: [...platforms.values()].map((platform) => ({ platform })),
      unconfigured: unconfiguredIn(settings),
      connectors: tried?.connectors ?? (await alone()),
      configuration: tried?.configuration ?? [],
      leftOut: tried?.leftOut ?? null,
      wrong: [...sentences, ...(replaced ? [notInForce] : [])],
    };
    return await report(checkup, print);
  } finally {
    for (const close of closing) await close();
  }

  /** The connectors, where the rest could not be opened. */
  async function alone(): Promise<Checkup["connectors"]> {
    const configured = await orWhy(
      Promise.resolve().then(() => readConnectors(yaml.connectors, settings.configFile, settings)),
    );
    if (configured === null) return { examine: () => Promise.resolve([]) };
    const parts = { mode: settings.mode, person: () => Promise.resolve(null), now: async () => new Date(), onError };
    const sources = await orWhy(openSources(configured, parts));
    const outside = await orWhy(openConnectors(settings, configured, () => undefined));
    closing.unshift(() => outside?.close() ?? Promise.resolve());
    return {
      examine: async () => [...((await sources?.examine()) ?? []), ...((await outside?.examine()) ?? [])],
    };
  }
}

const notInForce =
  "Who people are and which roles they hold was last taken from another steward.yaml than this one. A start takes over a file that is new; one that was replaced since is taken over again by `npx steward people apply`.";
