import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { Fault } from "../domain/fault.ts";
import { cleanText } from "../domain/text.ts";
import type { Env, Pages, Settings } from "../http/app.ts";
import type { Ports } from "../http/ports.ts";
import { serveAssets } from "./assets.ts";
import { verdict } from "./audit-page.ts";
import { helpPage } from "./help-page.ts";
import { bare, type Html, page, welcome } from "./layout.ts";
import { lookingAt, type View } from "./looking.ts";
import { conversation } from "./message.ts";
import { withNamedRuns } from "./named-runs.ts";
import { showAudit } from "./show-audit.ts";
import { messagesFor, showChat } from "./show-chat.ts";
import { showGate, showGates, waitingFor } from "./show-gates.ts";
import { showRun, showRuns } from "./show-runs.ts";
import { showSystems, showTrial } from "./show-systems.ts";

/** The pages. They read, and change nothing: every button posts to a REST door. */
export function createConsole(ports: Ports, { tenant, mode, isAlone }: Settings): Pages {
  const { intents, people, reads, trial } = ports;
  const looking = lookingAt(ports, tenant);
  const linked = (shown: Awaited<Html>) => withNamedRuns(String(shown), (shorts) => reads.runsNamed(tenant, shorts));

  const views: Readonly<Record<string, View>> = {
    "/": showChat(looking),
    "/runs": showRuns(looking),
    "/runs/:id": showRun(looking),
    "/gates": showGates(looking),
    "/gates/:id": showGate(looking),
    "/audit": showAudit(looking),
    "/help": async () => ({ title: "Help", main: helpPage(intents.all()) }),
    "/systems": showSystems(looking),
    ...(trial !== null && { "/trial": showTrial(trial, looking) }),
  };

  const framed = async (c: Context<Env>, view: View, path: string) => {
    const caller = c.get("caller");
    const everybody = (await people.all(tenant)).filter(({ active, kind }) => active && kind !== "bot");
    if (caller.kind !== "person") return c.html(await welcome(everybody, isAlone));
    const { person } = caller;
    const { title, main, status = 200 } = await view(c, person);
    const waiting = (await waitingFor(looking, person)).length;
    const [seesRuns, readsAudit] = [people.permits(person, "see-runs"), people.permits(person, "read-audit")];
    const frame = { person, people: everybody, waiting, seesRuns, readsAudit, trial: mode === "trial", isAlone };
    return c.html(await linked(await page(frame, title, path, main)), status);
  };

  return {
    mount(app: Hono<Env>, closed: string | null) {
      serveAssets(app);
      for (const [path, view] of Object.entries(views))
        app.get(path, async (c) =>
          closed === null
            ? await framed(c, view, `/${path.split("/")[1] ?? ""}`)
            : await failed(c, 503, "Not available now", closed),
        );
      app.get("/chat/messages", async (c) => {
        if (closed !== null) throw new Fault("store-unavailable", closed);
        const caller = c.get("caller");
        if (caller.kind !== "person") throw new Fault("unauthorized", "Nobody is signed in any more: reload the page.");
        const messages = await messagesFor(looking, caller.person, cleanText(c.req.query("channel") ?? ""));
        return c.html(await linked(await conversation(messages, await looking.names())));
      });
      app.get("/audit/verdict", async (c) => {
        if (closed !== null) throw new Fault("store-unavailable", closed);
        const caller = c.get("caller");
        if (caller.kind !== "person" || !people.permits(caller.person, "read-audit"))
          throw new Fault("forbidden", "Managers and auditors may read the audit.");
        return c.html(await verdict(await ports.audit.verify(tenant)));
      });
    },
    failed,
  };
}

async function failed(c: Context<Env>, status: number, title: string, detail: string): Promise<Response> {
  return c.html(
    await bare(title, html`<h1>${title}</h1><p>${detail}</p><p><a href="/">To the start</a></p>`),
    status as 400,
  );
}
