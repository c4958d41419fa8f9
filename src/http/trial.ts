import { Hono } from "hono";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { Person } from "../domain/incoming.ts";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { personOf } from "./caller.ts";
import type { Ports } from "./ports.ts";
import type { Trial } from "./trial-port.ts";

const Service = z.object({ service: z.string().min(1).max(60), environment: z.string().min(1).max(60) });

/** Breaks and mends services of the simulated company. */
export function trialDoor(trial: Trial, ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  const allowed = (person: Person) => {
    if (!ports.people.permits(person, "break-service"))
      throw new Fault("forbidden", `${person.name} may not break or mend services: members of the company may.`);
    return person;
  };
  door.get("/", async (c) => {
    personOf(c);
    return c.json(await trial.overview(tenant));
  });
  door.post("/break", async (c) => {
    const by = allowed(personOf(c));
    const what = await readBody(
      c,
      Service.extend({
        fault: z.enum(trial.faults as [string, ...string[]], `give one of ${trial.faults.join(", ")}`),
      }),
    );
    return c.json(await trial.break({ tenant, ...what, by }));
  });
  door.post("/mend", async (c) => {
    const by = allowed(personOf(c));
    return c.json(await trial.mend({ tenant, ...(await readBody(c, Service)), by }));
  });
  return door;
}
