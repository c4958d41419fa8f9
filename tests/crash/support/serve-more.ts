import { compose } from "../../../src/compose.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { listen } from "../../../src/http/listen.ts";
import { appOf } from "../../../src/serve.ts";
import { moreDefinitions } from "./definitions.ts";

// `steward serve` with the definitions of these tests besides those in workflows/, and the Jira site of a test where there is one.
const url = process.env["TEST_JIRA_SITE"];
const jira = url === undefined ? {} : { jira: { url, email: "bot@acme.example", token: "jira-secret" } };
const settings = { ...readSettings(), ...jira };
const steward = await compose(settings, (error) => console.error(error.stack), { definitions: moreDefinitions() });
const closing = new AbortController();
const listening = await listen(appOf(steward, closing.signal, console.error), settings);
await steward.start();
process.on("SIGTERM", () => {
  closing.abort();
  void Promise.all([listening.close(2000), steward.stop()]).then(() => process.exit(0));
});
console.log(`Steward is at ${listening.url}\n`);
