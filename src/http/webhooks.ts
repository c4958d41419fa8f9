import { Hono } from "hono";
import type { Hook, HookIntake } from "../inbox/hook.ts";
import type { Env, Settings } from "./app.ts";
import { depthOf } from "./body.ts";
import { provenanceOf } from "./caller.ts";
import { problem } from "./errors.ts";
import { notFromHere } from "./origin.ts";

const deepest = 64;

/**
 * Where systems tell what happens: POST /NAME. Answers 202 once it is stored; known already, 202 as well. What nothing here
 * is for is answered 202 with what it is and why it was ignored, so that nobody sends it again.
 */
export function webhooksDoor(hooks: readonly Hook[], take: HookIntake, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  for (const hook of hooks)
    door.post(`/${hook.name}`, async (c) => {
      const body = await c.req.text();
      if (depthOf(body) > deepest) return problem(c, 400, `The body is nested deeper than ${deepest} levels.`);
      const fromHere = notFromHere(provenanceOf(c)) === null;
      const minute = Math.floor(Date.now() / 60_000);
      const outcome = await take(hook, { tenant, headers: c.req.header(), body, fromHere, minute });
      switch (outcome.kind) {
        case "stored":
          return c.json({ id: outcome.id, duplicate: outcome.duplicate }, 202);
        case "unsupported":
          return c.json({ ignored: outcome.what, because: outcome.because }, 202);
        case "malformed":
          return problem(c, 400, outcome.sentence);
        case "forged":
          return problem(c, 401, outcome.sentence, { because: outcome.because });
        case "missing":
          return problem(c, 503, outcome.sentence);
      }
    });
  return door;
}
