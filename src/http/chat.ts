import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import type { Env, Settings } from "./app.ts";
import { readBody, readQuery } from "./body.ts";
import { personOf } from "./caller.ts";
import { pressAnswer } from "./gates.ts";
import { idempotencyKey } from "./idempotency.ts";
import { pictureAnswer } from "./picture.ts";
import type { Ports } from "./ports.ts";

const Said = z.object({ text: z.string(), thread: z.string().max(64).nullish() });
const Pressed = z.union(
  [
    z.object({
      token: z.string().min(1).max(200),
      values: z.record(z.string().max(200), z.string().max(4000)).default({}),
    }),
    z.object({ message: z.string().max(64), say: z.string().min(1).max(4000) }),
  ],
  "give the token of a button that decides, or the message and the words of one that says something",
);
const After = z.object({
  after: z.coerce
    .number()
    .int("give the n of the last message seen, or 0")
    .min(0, "give the n of the last message seen, or 0")
    .optional(),
});
const beatMs = 20_000;

/** The web chat's API: say, list, press, and a stream of news. Presses decide through the same function as every platform. */
export function chatDoor(ports: Ports, { tenant }: Settings, closing: AbortSignal): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/channels", async (c) => {
    personOf(c);
    return c.json({ channels: await ports.chat.channels(tenant) });
  });

  door.post("/presses", async (c) => {
    const person = personOf(c);
    const pressed = await readBody(c, Pressed);
    const deliveryKey = idempotencyKey(c);
    if ("say" in pressed) {
      await ports.chat.repeat({ tenant, from: person.id, ...pressed, deliveryKey });
      return c.json({ outcome: "said" }, 202);
    }
    const { token, values } = pressed;
    return pressAnswer(c, await ports.gates.press({ tenant, token, person, values, deliveryKey, surface: "web" }));
  });

  door.get("/stream", (c) => {
    const viewer = personOf(c).id;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, closing]);
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => ended.abort());
      const beat = setInterval(() => void stream.write(": still here\n\n"), beatMs);
      try {
        await stream.write("retry: 1000\n: hello\n\n");
        for await (const page of ports.chat.subscribe({ tenant, viewer, signal }))
          await stream.writeSSE({ event: "messages", data: JSON.stringify(page) });
      } finally {
        clearInterval(beat);
      }
    });
  });

  door.get("/pictures/:message/:artifact", async (c) => {
    const viewer = personOf(c).id;
    const { message, artifact } = c.req.param();
    return pictureAnswer(c, await ports.chat.picture({ tenant, viewer, message, artifact }));
  });

  door.post("/:channel/messages", async (c) => {
    const from = personOf(c).id;
    const { text, thread } = await readBody(c, Said);
    const said = await ports.chat.say({
      tenant,
      channel: channelOf(c.req.param("channel")),
      from,
      text,
      ...(thread != null && { thread }),
      deliveryKey: idempotencyKey(c),
    });
    return c.json(said, 202);
  });

  door.get("/:channel/messages", async (c) => {
    const viewer = personOf(c).id;
    const { after } = readQuery(c, After);
    return c.json(
      await ports.chat.list({
        tenant,
        channel: channelOf(c.req.param("channel")),
        viewer,
        ...(after !== undefined && { after }),
      }),
    );
  });
  return door;
}

/** "#ops" and "ops" are the same channel. */
function channelOf(text: string): string {
  return text.replace(/^#/, "");
}
