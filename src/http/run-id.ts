import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { isId } from "../domain/ids.ts";
import { maySee } from "../people/people.ts";
import type { Actor, Ports } from "./ports.ts";
import type { Run } from "./reads.ts";

const short = /^R-[0-9A-HJKMNP-TV-Z]{6}$/i;

/** A run as a query names it: by its id, or as people do. `of` is what the id may be of. */
export function runName(of = "a run") {
  return z
    .string()
    .refine((text) => isId(text) || short.test(text), `give the id of ${of}, or the name of a run such as R-5P67KE`);
}

/** The id of the run that is named so; null where there is none, or more than one. */
export async function runIdOf({ reads }: Ports, tenant: string, name: string): Promise<string | null> {
  if (isId(name)) return name;
  return short.test(name) ? await reads.runNamed(tenant, name) : null;
}

/** The run, by its id or R-..., if there is one and the caller may see it; otherwise a Fault that does not say which. */
export async function runOf(ports: Ports, tenant: string, actor: Actor, name: string): Promise<Run> {
  const id = await runIdOf(ports, tenant, name);
  const run = id === null ? null : await ports.reads.run(tenant, id);
  if (run === null || !maySee(actor, run)) throw noRun(name);
  return run;
}

export function noRun(name: string): Fault {
  const called = short.test(name) ? `${name.toUpperCase()}, or several are called so` : "with this id";
  return new Fault(
    "not-found",
    `There is no run ${called}, or it is not yours to see: give the workflowId, or the id R-…, that create answered.`,
  );
}
