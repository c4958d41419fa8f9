import { Fault } from "../domain/fault.ts";
import { isId } from "../domain/ids.ts";
import type { Person } from "../domain/incoming.ts";
import type { GateView, Happening } from "../http/reads.ts";
import { afterChange, gatePage, gatesPage } from "./gates-page.ts";
import type { Looking, View } from "./looking.ts";

/** The open gates that this person's answer would count on. */
export async function waitingFor({ reads, gates, tenant }: Looking, person: Person): Promise<readonly GateView[]> {
  return (await reads.openGates(tenant, person)).filter((gate) => gates.mayAnswer(person, gate));
}

/** What waits for whoever looks, and when they are not to be disturbed. */
export function showGates(looking: Looking): View {
  return async (_c, person) => ({
    title: "Waiting for me",
    main: gatesPage(await waitingFor(looking, person), await looking.quiet.of(looking.tenant, person)),
  });
}

/** One gate, for those whom it concerns. */
export function showGate({ reads, gates, story, sees, standingOf, tenant }: Looking): View {
  return async (c, person) => {
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
        happened: run === null || (run.personal && !sees(person, run)) ? [] : story(run).filter(before),
        remarks,
        thread: run?.thread ?? null,
        instead: gate.state === "superseded" ? afterChange(gate, run?.gates ?? []) : null,
      }),
    };
  };
}
