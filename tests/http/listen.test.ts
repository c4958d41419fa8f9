import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { judge } from "../../src/http/errors.ts";
import { listen } from "../../src/http/listen.ts";
import { startWorld } from "./world.ts";

test("a real socket is believed on loopback, and closing ends open streams before it resolves", async () => {
  const world = await startWorld();
  const listening = await listen(world.app, { host: "127.0.0.1", port: 0 });
  const headers = { "x-steward-person": "ana" };
  expect((await fetch(`${listening.url}/api/chat/channels`, { headers })).status).toBe(200);
  expect(
    (await fetch(`${listening.url}/api/chat/channels`, { headers: { ...headers, "x-forwarded-for": "10.0.0.1" } }))
      .status,
  ).toBe(400);
  const stream = await fetch(`${listening.url}/api/chat/stream`, { headers });
  world.closing.abort();
  await listening.close(5000);
  expect(await stream.text()).toContain("event: messages");
});

test("a taken port is said in one sentence", async () => {
  const world = await startWorld();
  const first = await listen(world.app, { host: "127.0.0.1", port: 0 });
  const port = Number(new URL(first.url).port);
  await expect(listen(world.app, { host: "127.0.0.1", port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken: stop the other program or set PORT.`,
  );
  await first.close(1000);
});

test("a request that its sender breaks off is no failure of ours", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const server = createServer((request) => void text(request).then(resolve, resolve));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  server.once("request", () => socket.destroy());
  socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{");
  expect(judge(await promise)).toMatchObject({ status: 400, expected: true });
  server.close();
});
