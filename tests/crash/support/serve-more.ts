import { compose } from "../../../src/compose.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { listen } from "../../../src/http/listen.ts";
import { appOf } from "../../../src/serve.ts";
import { httpTools } from "../../../src/systems/http/tools.ts";
import { moreDefinitions } from "./definitions.ts";

// `steward serve` with the definitions of these tests besides those in workflows/, and the Jira site and the web service of a
// test where there is one. Each call of the service costs a tenth of a dollar.
const url = process.env["TEST_JIRA_SITE"];
const jira = url === undefined ? {} : { jira: { url, email: "bot@acme.example", token: "jira-secret" } };
const settings = { ...readSettings(), ...jira };
const paid = process.env["TEST_PAID_SERVICE"];
const service = { name: "paid", private: true, headers: {}, methods: {}, idempotencyHeader: null, costUsd: 0.1 };
const tools = paid === undefined ? [] : httpTools([{ ...service, url: paid }]);
const definitions = moreDefinitions().filter(({ name }) => name !== "pay" || tools.length > 0);
const steward = await compose(settings, (error) => console.error(error.stack), { definitions, tools });
const closing = new AbortController();
const listening = await listen(appOf(steward, closing.signal, console.error), settings);
await steward.start();
process.on("SIGTERM", () => {
  closing.abort();
  void Promise.all([listening.close(2000), steward.stop()]).then(() => process.exit(0));
});
console.log(`Steward is at ${listening.url}\n`);
