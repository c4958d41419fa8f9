import { compose } from "../../../src/compose.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { createConsole } from "../../../src/console/console.ts";
import { doorsOf } from "../../../src/doors.ts";
import { listen } from "../../../src/http/listen.ts";
import { createServer } from "../../../src/http/server.ts";
import { moreDefinitions } from "./definitions.ts";

// `steward serve` with the definitions of these tests besides those in workflows/.
const settings = readSettings();
const steward = await compose(settings, (error) => console.error(error.stack), { definitions: moreDefinitions() });
const ports = doorsOf(steward);
const web = {
  tenant: steward.tenant,
  mode: settings.mode,
  version: steward.version,
  sessionSecret: steward.sessionSecret,
};
const closing = new AbortController();
const listening = await listen(
  createServer(ports, web, { pages: createConsole(ports, web), closing: closing.signal, onError: console.error }),
  settings,
);
await steward.start();
process.on("SIGTERM", () => {
  closing.abort();
  void Promise.all([listening.close(2000), steward.stop()]).then(() => process.exit(0));
});
console.log(`Steward is at ${listening.url}\n`);
