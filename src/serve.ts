import { flushCompileCache } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import pino from "pino";
import { tasks } from "./commands.ts";
import { compose } from "./compose.ts";
import { readSettings, type Settings } from "./config/settings.ts";
import { createConsole } from "./console/console.ts";
import { openControl } from "./control.ts";
import { loggable } from "./domain/fault.ts";
import { doorsOf } from "./doors/doors.ts";
import { listen } from "./http/listen.ts";
import { createServer } from "./http/server.ts";
import type { Steward } from "./steward.ts";

/** How long after a stop was asked the process is gone, whatever hangs. */
const lastMs = 25_000;

/** Every door and page on one app, over a composed Steward. */
export function appOf(steward: Steward, closing: AbortSignal, onError: (error: unknown) => void) {
  const ports = doorsOf(steward);
  const web = {
    tenant: steward.tenant,
    mode: steward.mode,
    version: steward.version,
    sessionSecret: steward.sessionSecret,
  };
  const platforms = steward.platforms.flatMap(({ platform, intake }) =>
    (platform.doors ?? []).map(({ path, unproven = false, handle }) => ({
      path,
      unproven,
      handle: (request: Request) => handle(request, intake),
    })),
  );
  const { webhooks } = steward;
  return createServer(ports, web, { pages: createConsole(ports, web), platforms, webhooks, closing, onError });
}

/** One Ctrl-C reaches us twice: from the terminal, and passed on by what started us. Signals this close are one. */
const sameMs = 1000;

/** Runs until SIGTERM or SIGINT; another one, a second later or more, ends it at once. */
export async function serve(): Promise<number> {
  const settings = readSettings();
  const log = pino({ name: "steward", level: "info" }, pino.destination({ dest: 2, sync: false }));
  const report = (error: unknown) => {
    const err = loggable(error);
    log.error({ err }, err.message);
  };
  const steward = await compose(settings, report);
  const closing = new AbortController();
  const app = appOf(steward, closing.signal, report);
  const listening = await listen(app, settings).catch(async (error: unknown) => {
    await steward.stop();
    throw error;
  });
  await steward.start();
  const control = settings.databaseUrl ? null : await openControl(settings.dataDir, steward, tasks);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    closing.abort();
    resolve();
  };
  let askedAt: number | null = null;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (askedAt !== null && performance.now() - askedAt > sameMs) process.exit(130);
      askedAt ??= performance.now();
      stop();
    });
  if (settings.underNpm) void orphaned().then(stop);
  console.log(greeting(settings, listening.url));
  flushCompileCache();
  if (steward.leftOut !== null) console.log(steward.leftOut);
  await asked;
  console.log("Stopping: no new work; what is under way ends or is handed back.");
  void wait(lastMs, undefined, { ref: false }).then(() => process.exit(1));
  control?.close();
  await Promise.all([listening.close(2000), steward.stop()]);
  return 0;
}

/** Resolves when whoever started this process is gone. */
async function orphaned(): Promise<void> {
  for (const { ppid } = process; process.ppid === ppid; ) await wait(500, undefined, { ref: false });
}

function greeting(settings: Settings, url: string): string {
  const store = settings.databaseUrl
    ? "Database: PostgreSQL (DATABASE_URL)."
    : `Database: embedded, in ${settings.dataDir}. It survives a crash of this process, but not of the power: for that set DATABASE_URL to a PostgreSQL.`;
  const mode =
    settings.mode === "trial"
      ? "Trial: a simulated company. Nothing outside this machine is touched, and nothing needs an account or a key."
      : "Production.";
  return `\nSteward is at ${url}\n\n${mode}\n${store}\n${settings.mode === "trial" ? `\nTry: open the address as Ana, go to #ops and write\n  restart checkout in production\nthen switch to Ben and approve.\n` : ""}`;
}
