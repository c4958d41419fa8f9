import { Hono } from "hono";
import { z } from "zod";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { personOf } from "./caller.ts";
import type { Ports } from "./ports.ts";

const longest = 100;
const said = z.string().min(1, "say from when to when, such as 22:00 to 7:00, or off").max(longest);
const Hours = z.union([z.strictObject({ hours: said }), z.strictObject({ from: z.iso.time(), to: z.iso.time() })]);

/** When whoever asks is not to be disturbed; everybody sets their own. */
export function quietDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", async (c) => c.json(await ports.quiet.of(tenant, personOf(c))));
  door.post("/", async (c) => {
    const by = personOf(c);
    const body = await readBody(c, Hours);
    const hours = "hours" in body ? body.hours : `${body.from.slice(0, 5)} to ${body.to.slice(0, 5)}`;
    return c.json({ sentence: await ports.quiet.set(tenant, by.id, hours) });
  });
  return door;
}
