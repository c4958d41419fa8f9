import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { Fault } from "../domain/fault.ts";
import { isId } from "../domain/ids.ts";
import type { Person } from "../domain/incoming.ts";
import { cleanText } from "../domain/text.ts";
import type { Env, Pages, Settings } from "../http/app.ts";
import type { Ports } from "../http/ports.ts";
import type { GateView, Happening, Run } from "../http/reads.ts";
import type { Trial } from "../http/trial-port.ts";
import { serveAssets } from "./assets.ts";
import { auditPage, filterOf, foundPage, searchForm, streamPage, verdict } from "./audit-page.ts";
import { chatPage } from "./chat-page.ts";
import { afterChange, gatePage, gatesPage } from "./gates-page.ts";
import { helpPage } from "./help-page.ts";
import type { Html } from "./layout.ts";
import { bare, page, welcome } from "./layout.ts";
import { conversation, forViewer, type Standing, tokensIn } from "./message.ts";
import { withNamedRuns } from "./named-runs.ts";
import { actsFor, runPage } from "./run-page.ts";
import { listed, noRunPage, readable, runsPage, filterOf as runsThat } from "./runs-page.ts";
import { systemsPage } from "./systems-page.ts";
import { trialPage } from "./trial-page.ts";
import type { Names } from "./words.ts";

/** A page's content, for whoever looks. */
type View = (
  c: Context<Env>,
  person: Person,
) => Promise<{ readonly title: string; readonly main: Html; readonly status?: 404 }>;

/** Who asks for the runs that the trial company's alerts begin. */
const alertsFrom = "system:alertmanager";

/** The pages. They read, and change nothing: every button posts to a REST door. */
export function createConsole(ports: Ports, { tenant, mode, isAlone }: Settings): Pages {
  const { chat, gates, keys, people, reads, trial } = ports;

  /** Everybody who may stand in the record, by the id that stands there: people, then API keys. */
  const names = async (): Promise<Names> => {
    const [everybody, all] = await Promise.all([people.all(tenant), keys.all()]);
    return new Map([
      ...everybody.map(({ id, name }): [string, string] => [id, name]),
      ...all.map(({ id, name, revoked }): [string, string] => [
        `key:${id}`,
        `the API key ${name}${revoked ? " (revoked)" : ""}`,
      ]),
    ]);
  };
  const waitingFor = async (person: Person) =>
    (await reads.openGates(tenant)).filter((gate) => gates.mayAnswer(person, gate));
  const sees = (person: Person, of: { readonly requesterId: string | null }) =>
    of.requesterId === person.id || people.permits(person, "see-runs", of);
  /** Whoever may see no runs but their own. */
  const onlyOf = (person: Person) => (people.permits(person, "see-runs") ? undefined : person.id);

  const linked = (shown: Awaited<Html>) => withNamedRuns(String(shown), (shorts) => reads.runsNamed(tenant, shorts));

  const standingOf = (person: Person, gate: GateView): Standing | null => {
    if (gates.mayAnswer(person, gate)) return "answer";
    if (!gate.barred.includes(person.id)) return null;
    return [gate.context["changers"]].flat().includes(person.id) ? "deny" : "withdraw";
  };

  /** A channel's messages as this person sees them: with buttons where their press would count. */
  const messagesFor = async (person: Person, channel: string) => {
    const { messages } = await chat.list({ tenant, channel, viewer: person.id });
    const decisions = (await reads.decisionsOf(tenant, tokensIn(messages))).flatMap(({ token, decision, gate }) => {
      const standing = standingOf(person, gate);
      // Only a no ends a question; by whoever asked it takes the question back.
      return standing === "answer" || (standing !== null && decision === "deny") ? [[token, standing] as const] : [];
    });
    return forViewer(messages, new Map(decisions));
  };

  const chatView: View = async (c, person) => {
    const channels = await chat.channels(tenant);
    const channel = cleanText(
      c.req.query("channel") ?? channels.find(({ id }) => id === "ops")?.id ?? channels[0]?.id ?? "ops",
    );
    const messages = await messagesFor(person, channel);
    const draft = cleanText(c.req.query("draft") ?? "").slice(0, 4000);
    return { title: `#${channel}`, main: chatPage({ channels, channel, messages, names: await names(), draft }) };
  };

  const runsView: View = async (c, person) => {
    const chosen = readable(saidIn(c, ["q", "state", "workflow", "requester"]));
    const before = c.req.query("before") ?? "";
    const from = isId(before) ? { before } : {};
    const about = { tenant, ...runsThat(chosen), onlyOf: onlyOf(person) };
    const { state = "ended" } = about;
    const isFirst = about.state === undefined && from.before === undefined;
    const limit = listed + 1;
    const [open, ended, counts] = await Promise.all([
      isFirst || state === "open" ? reads.runs({ ...about, ...from, state: "open", limit }) : [],
      state === "open" ? [] : reads.runs({ ...about, ...from, state, limit }),
      reads.countRuns({ ...about, viewer: person.id }),
    ]);
    const shown = { open, ended, counts, isLater: from.before !== undefined, names: await names() };
    return {
      title: "Runs",
      main: runsPage({ chosen, viewer: person.id, seesAll: about.onlyOf === undefined, ...shown }),
    };
  };

  const runView: View = async (c, person) => {
    const asked = c.req.param("id") ?? "";
    const id = isId(asked) ? asked : await reads.runNamed(tenant, cleanText(asked).slice(0, 20));
    const run: Run | null = id === null ? null : await reads.run(tenant, id);
    if (id === null || run === null || !sees(person, run)) {
      const newest = await reads.runs({ tenant, limit: 5, onlyOf: onlyOf(person) });
      return { title: "No such run", main: noRunPage(cleanText(asked).slice(0, 40), newest), status: 404 };
    }
    const [tasks, calls, spent, board] = await Promise.all([
      reads.tasks(tenant, id),
      ports.spend.calls(tenant, id),
      ports.spend.spend(tenant, { runId: id }),
      reads.board(tenant, id),
    ]);
    const main = runPage({
      run,
      allowed: actsFor(run).filter((act) => people.permits(person, act, run)),
      maySettle: people.permits(person, "settle", run),
      mayResume: people.permits(person, "resume", run),
      happened: ports.story(run),
      tasks,
      calls,
      spend: spent.find(({ scope }) => scope === "run") ?? null,
      board,
      names: await names(),
    });
    return { title: run.title, main };
  };

  const gateView: View = async (c, person) => {
    const id = c.req.param("id") ?? "";
    const gate: GateView | null = isId(id) ? await reads.gate(tenant, id) : null;
    const approved = gate?.votes.some(({ personId, decision }) => personId === person.id && decision === "approve");
    const isBarred = gate?.barred.includes(person.id);
    if (gate === null || !(sees(person, gate) || gates.mayAnswer(person, gate) || approved || isBarred))
      throw new Fault("not-found", "There is no such approval, or it is not yours to see.");
    const [run, remarks] = await Promise.all([reads.run(tenant, gate.runId), reads.remarks(tenant, gate.id)]);
    const before = ({ at, kind }: Happening) =>
      Date.parse(at) <= Date.parse(gate.openedAt) && !["proposed", "ended"].includes(kind);
    return {
      title: gate.title,
      main: gatePage({
        gate,
        standing: standingOf(person, gate),
        approved: approved === true,
        seesRun: sees(person, gate),
        happened: run === null ? [] : ports.story(run).filter(before),
        remarks,
        thread: run?.thread ?? null,
        instead: gate.state === "superseded" ? afterChange(gate, run?.gates ?? []) : null,
      }),
    };
  };

  const systemsView: View = async (_c, person) => {
    if (!people.permits(person, "read-audit"))
      throw new Fault("forbidden", `${person.name} may not see this: managers and auditors may.`);
    const spends = await ports.spend.spend(tenant, { personId: person.id });
    return { title: "Systems", main: systemsPage(ports.connectors(), spends, await ports.inUse(), ports.tools()) };
  };

  const trialView = (company: Trial): View => {
    return async (_c, person) => {
      const incidents = await reads.runs({ tenant, limit: 20, requesterId: alertsFrom, onlyOf: onlyOf(person) });
      const mayBreak = people.permits(person, "break-service");
      return {
        title: "Trial company",
        main: trialPage(await company.overview(tenant), incidents, company.faults, mayBreak),
      };
    };
  };

  const auditView: View = async (c, person) => {
    if (!people.permits(person, "read-audit"))
      throw new Fault("forbidden", `${person.name} may not read the audit: managers and auditors may.`);
    const stream = c.req.query("stream");
    const typed = saidIn(c, ["by", "run", "tool", "kind", "from", "until"]);
    const filter = filterOf(typed);
    const form = searchForm(typed, await names());
    if (Object.keys(filter).length > 0) {
      const found = await reads.search({ tenant, filter, ...saidIn(c, ["before"]), limit: listed });
      return { title: "Audit", main: foundPage(found, typed, await names(), form) };
    }
    const pageOf = (before?: string) => ({
      tenant,
      limit: listed,
      ...(before !== undefined && { before: cleanText(before) }),
    });
    if (stream === undefined)
      return {
        title: "Audit",
        main: auditPage(await reads.streams(pageOf(c.req.query("before"))), listed, form),
      };
    const after = Number(c.req.query("after") ?? 0);
    const lines = await reads.entries({
      tenant,
      stream: cleanText(stream),
      after: Number.isSafeInteger(after) && after < 2 ** 31 ? after : 0,
      limit: 100,
    });
    return { title: stream, main: streamPage(cleanText(stream), lines, await names()) };
  };

  const views: Readonly<Record<string, View>> = {
    "/": chatView,
    "/runs": runsView,
    "/runs/:id": runView,
    "/gates": async (_c, person) => ({
      title: "Waiting for me",
      main: gatesPage(await waitingFor(person), await ports.quiet.of(tenant, person)),
    }),
    "/gates/:id": gateView,
    "/audit": auditView,
    "/help": async () => ({ title: "Help", main: helpPage(ports.intents.all()) }),
    "/systems": systemsView,
    ...(trial !== null && { "/trial": trialView(trial) }),
  };

  const framed = async (c: Context<Env>, view: View, path: string) => {
    const caller = c.get("caller");
    const everybody = (await people.all(tenant)).filter(({ active, kind }) => active && kind !== "bot");
    if (caller.kind !== "person") return c.html(await welcome(everybody, isAlone));
    const { person } = caller;
    const { title, main, status = 200 } = await view(c, person);
    const waiting = (await waitingFor(person)).length;
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
        const messages = await messagesFor(caller.person, cleanText(c.req.query("channel") ?? ""));
        return c.html(await linked(await conversation(messages, await names())));
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

/** What an address says by these names, cleaned; "" for what it does not say. */
function saidIn<Name extends string>(c: Context<Env>, names: readonly Name[]): Record<Name, string> {
  const said = (name: Name) =>
    cleanText(c.req.query(name) ?? "")
      .trim()
      .slice(0, 200);
  return Object.fromEntries(names.map((name) => [name, said(name)])) as Record<Name, string>;
}

async function failed(c: Context<Env>, status: number, title: string, detail: string): Promise<Response> {
  return c.html(
    await bare(title, html`<h1>${title}</h1><p>${detail}</p><p><a href="/">To the start</a></p>`),
    status as 400,
  );
}
