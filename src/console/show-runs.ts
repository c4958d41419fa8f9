import { isId } from "../domain/ids.ts";
import { cleanText } from "../domain/text.ts";
import type { Run } from "../http/reads.ts";
import { type Looking, saidIn, type View } from "./looking.ts";
import { actsFor, runPage } from "./run-page.ts";
import { filterOf, listed, noRunPage, readable, runsPage } from "./runs-page.ts";

/** The list of runs, as it was chosen. */
export function showRuns({ reads, names, seenBy, tenant }: Looking): View {
  return async (c, person) => {
    const chosen = readable(saidIn(c, ["q", "state", "workflow", "requester"]));
    const before = c.req.query("before") ?? "";
    const from = isId(before) ? { before } : {};
    const about = { tenant, ...filterOf(chosen), ...seenBy(person) };
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
}

/** One run, by its id or R-...; what there is instead where there is none that may be seen. */
export function showRun({ reads, people, spend, story, names, sees, seenBy, tenant }: Looking): View {
  return async (c, person) => {
    const asked = c.req.param("id") ?? "";
    const id = isId(asked) ? asked : await reads.runNamed(tenant, cleanText(asked).slice(0, 20));
    const run: Run | null = id === null ? null : await reads.run(tenant, id);
    if (id === null || run === null || !sees(person, run)) {
      const newest = await reads.runs({ tenant, limit: 5, ...seenBy(person) });
      return { title: "No such run", main: noRunPage(cleanText(asked).slice(0, 40), newest), status: 404 };
    }
    const [tasks, calls, spent, board] = await Promise.all([
      reads.tasks(tenant, id),
      spend.calls(tenant, id),
      spend.spend(tenant, { runId: id }),
      reads.board(tenant, id),
    ]);
    const main = runPage({
      run,
      allowed: actsFor(run).filter((act) => people.permits(person, act, run)),
      maySettle: people.permits(person, "settle", run),
      mayResume: people.permits(person, "resume", run),
      happened: story(run),
      tasks,
      calls,
      spend: spent.find(({ scope }) => scope === "run") ?? null,
      board,
      names: await names(),
    });
    return { title: run.title, main };
  };
}
