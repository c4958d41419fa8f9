import type { Context } from "hono";
import { Hono } from "hono";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { isId } from "../domain/ids.ts";
import { maySee } from "../people/people.ts";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { personOf, personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import { idempotencyKey } from "./idempotency.ts";
import type { Ports, Pressed } from "./ports.ts";
import type { GateView } from "./reads.ts";

const Decision = z.object({
  decision: z.enum(["approve", "deny", "change"], "give approve, deny or change"),
  reason: z.string().max(2000).optional(),
  /** For "change": the fields that a first press without them names. */
  values: z.record(z.string().max(200), z.string().max(4000)).default({}),
});

/** Gates: what waits for me, one of them, and deciding it by a POST. */
export function gatesDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", async (c) => {
    const actor = personOrKey(c, "gates:read");
    const { by } = actor;
    const open = await ports.reads.openGates(tenant, by);
    const theirs = (gate: GateView) => (by === null ? maySee(actor, gate) : ports.gates.mayAnswer(by, gate));
    return c.json({ gates: open.filter(theirs).map(shown) });
  });
  door.get("/:id", async (c) => {
    const actor = personOrKey(c, "gates:read");
    const { by } = actor;
    const id = c.req.param("id");
    const gate = isId(id) ? await ports.reads.gate(tenant, id) : null;
    if (gate === null || (!maySee(actor, gate) && !(by && ports.gates.mayAnswer(by, gate))))
      throw new Fault("not-found", "There is no such gate: GET /api/gates lists those that wait for you.");
    return c.json({
      ...shown(gate),
      remarks: await ports.reads.remarks(tenant, id),
      mayAnswer: by !== null && gate.state === "open" && ports.gates.mayAnswer(by, gate),
    });
  });
  door.post("/:id/decision", async (c) => {
    const person = personOf(c);
    const { decision: answer, reason, values: given } = await readBody(c, Decision);
    const gateId = c.req.param("id");
    if (!isId(gateId)) return pressAnswer(c, { kind: "missing" });
    const values = reason === undefined ? given : { ...given, reason };
    const deliveryKey = idempotencyKey(c);
    return pressAnswer(
      c,
      await ports.gates.decide({ tenant, gateId, answer, person, values, deliveryKey, surface: "web" }),
    );
  });
  return door;
}

/** What a press is answered with: 200 {outcome}, 403 with because, 404 for a button nobody knows. */
export function pressAnswer(c: Context<Env>, pressed: Pressed): Response {
  switch (pressed.kind) {
    case "decided":
      return c.json({ outcome: pressed.outcome, sentence: pressed.sentence });
    case "form":
      return c.json({ outcome: "form", fields: pressed.fields });
    case "refused":
      return problem(c, 403, pressed.sentence, { because: pressed.because });
    case "missing":
      return problem(c, 404, "This button is not known here: reload the page to see the card as it is now.");
  }
}

function shown({ context: _memory, ...gate }: GateView) {
  return gate;
}
