import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { guardedFetch, type Policy } from "../../src/systems/http/guard.ts";
import { serveLocally } from "./http-server.ts";

const here = async () => [{ address: "127.0.0.1", family: 4 }];

/** A policy that reaches the local server under a name of its own. */
function to(port: number, more: Partial<Policy> = {}): Policy {
  return { hosts: [{ origin: `http://tickets.test:${port}`, private: true }], resolve: here, ...more };
}

async function refusal(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  return error as Fault;
}

describe("an address that is not on the list, or written so that it might be read two ways, is not asked", () => {
  const never = () => Promise.reject(new Error("It was looked up."));
  const ask = guardedFetch({
    hosts: [
      { origin: "https://api.example.com" },
      { origin: "https://*.example.org:8443" },
      { origin: "http://plain.example.com" },
    ],
    resolve: never,
  });

  test.each([
    "http://api.example.com/",
    "https://api.example.com:8443/",
    "https://evil.com/",
    "https://api.example.com.evil.com/",
    "https://evilapi.example.com/",
    "https://example.org:8443/",
    "https://a.example.org/",
    "https://aexample.org:8443/",
    "https://a.example.org.evil.com:8443/",
    "https://user:hunter2@api.example.com/",
    "https://api.example.com@evil.com/",
    "https://api.example.com:443@evil.com/",
    "https://evil.com\\@api.example.com/",
    "https://api.example.com\\.evil.com/",
    "https:\\\\api.example.com/",
    "https:api.example.com/",
    "https:///api.example.com/",
    "https://api.example.com./",
    "https://api%2eexample.com/",
    "https://api.example.com%2fevil.com/",
    "https://api.example.com%00.evil.com/",
    "https://ap\ti.example.com/",
    "https://api.example.com\n/",
    " https://api.example.com/",
    "https://api。example。com/",
    "https://ａｐｉ.example.com/",
    "https://evil.com#@api.example.com/",
    "https://api.examp\u00adle.com/",
    "https://api.еxample.com/",
    "https://api.example.com:0443/",
    "https://api.example.com:/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "ftp://api.example.com/",
    "file:///etc/passwd",
    "gopher://api.example.com/",
    "data:text/plain,hello",
    "//api.example.com/",
    "/latest",
    "",
    "http://plain.example.com/",
  ])("%j", async (address) => {
    const fault = await refusal(ask(address));
    expect(fault).toMatchObject({ code: "bad-request", undone: true, retryAfterMs: null });
    expect(fault.message).not.toContain("hunter2");
    expect(fault.message).toMatch(/[.\]]$|not /);
  });

  test("a name on the list is looked up, however its letters and port are written", async () => {
    for (const address of [
      "https://api.example.com/x",
      "https://API.example.com:443/",
      "https://a.b.example.org:8443/?q=1",
    ])
      expect((await refusal(ask(address))).message).toMatch(/broke off/);
  });
});

const inPrivate = [
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "127.0.0.1",
  "127.8.8.8",
  "100.64.0.1",
  "::1",
  "fd12:3456::1",
  "::ffff:10.0.0.1",
];
const never = [
  "0.0.0.0",
  "0.1.2.3",
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "192.0.2.7",
  "198.18.0.1",
  "224.0.0.251",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::7f00:1",
  "::ffff:169.254.169.254",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::a9fe:a9fe",
  "2002:7f00:1::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "2001:db8::1",
  "100::1",
  "4000::1",
];

describe("a name that leads inside is not followed there", () => {
  const policy = (address: string, mayBePrivate: boolean): Policy => ({
    hosts: [{ origin: "https://api.example.com", private: mayBePrivate }],
    resolve: async () => [
      { address: "93.184.216.34", family: 4 },
      { address, family: address.includes(":") ? 6 : 4 },
    ],
  });

  test.each([...inPrivate, ...never])("%s, though another of its addresses is fine", async (address) => {
    const fault = await refusal(guardedFetch(policy(address, false))("https://api.example.com/"));
    expect(fault).toMatchObject({ code: "bad-request", undone: true });
    expect(fault.message).toContain(`api.example.com may not be reached: ${address}`);
  });

  test.each(never)("%s, not even where private addresses are allowed", async (address) => {
    const fault = await refusal(guardedFetch(policy(address, true))("https://api.example.com/"));
    expect(fault.message).toContain(`api.example.com may not be reached: ${address}`);
  });

  test.each(["https://10.0.0.1", "https://[fd12:3456::1]", "https://[::ffff:a00:1]", "https://169.254.169.254"])(
    "%s, though it is on the list itself",
    async (origin) => {
      expect((await refusal(guardedFetch({ hosts: [{ origin }] })(`${origin}/`))).message).toContain(
        "may not be reached",
      );
    },
  );
});

test("a name is looked up once, and the connection goes to what was judged", async () => {
  await using server = await serveLocally((_request, response) => response.end("ticket 7"));
  let lookups = 0;
  const ask = guardedFetch(
    to(server.port, {
      resolve: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "169.254.169.254", family: 4 }],
    }),
  );
  expect(await (await ask(`http://tickets.test:${server.port}/7`)).text()).toBe("ticket 7");
  expect(lookups).toBe(1);
  expect(server.asked[0]?.headers.host).toBe(`tickets.test:${server.port}`);
});

describe("a redirect", () => {
  test("is an answer and not followed", async () => {
    await using server = await serveLocally((_request, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
    );
    const response = await guardedFetch(to(server.port))(`http://tickets.test:${server.port}/`);
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("http://169.254.169.254/latest/meta-data/");
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    "http://169.254.169.254/latest/meta-data/",
    "//169.254.169.254/",
    "http://evil.test/",
    "http://tickets.test@evil.test/",
    "file:///etc/passwd",
  ])("to %s is refused where redirects are followed", async (location) => {
    await using server = await serveLocally((_request, response) => response.writeHead(302, { location }).end());
    const fault = await refusal(guardedFetch(to(server.port, { redirects: 3 }))(`http://tickets.test:${server.port}/`));
    expect(fault.code).toBe("bad-request");
    expect(server.asked).toHaveLength(1);
  });

  test("to another host that is allowed leaves the credentials behind", async () => {
    await using other = await serveLocally((_request, response) => response.end("from the other"));
    await using server = await serveLocally((_request, response) =>
      response.writeHead(302, { location: `http://files.test:${other.port}/` }).end(),
    );
    const ask = guardedFetch({
      hosts: [server, other].map(({ port }, i) => ({
        origin: `http://${i === 0 ? "tickets" : "files"}.test:${port}`,
        private: true,
      })),
      resolve: here,
      redirects: 1,
    });
    const headers = { authorization: "Bearer s3cret", "x-api-key": "s3cret", cookie: "a=s3cret", accept: "text/plain" };
    const response = await ask(`http://tickets.test:${server.port}/`, { headers });
    expect(await response.text()).toBe("from the other");
    expect(server.asked[0]?.headers.authorization).toBe("Bearer s3cret");
    expect(JSON.stringify(other.asked[0]?.rawHeaders)).not.toContain("s3cret");
    expect(other.asked[0]?.headers.accept).toBe("text/plain");
  });

  test("in a circle ends, and a POST is never sent on", async () => {
    await using server = await serveLocally((_request, response) =>
      response.writeHead(307, { location: "/again" }).end(),
    );
    const ask = guardedFetch(to(server.port, { redirects: 3 }));
    expect((await ask(`http://tickets.test:${server.port}/`)).status).toBe(307);
    expect(server.asked).toHaveLength(4);
    expect((await ask(`http://tickets.test:${server.port}/`, { method: "POST", body: "x" })).status).toBe(307);
    expect(server.asked).toHaveLength(5);
  });
});

describe("an answer is read no further than allowed", () => {
  test("however small it is when packed", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
    await using server = await serveLocally((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    const response = await guardedFetch(to(server.port, { maxBytes: 2 ** 20 }))(`http://tickets.test:${server.port}/`);
    const fault = await refusal(response.text());
    expect(fault.code).toBe("too-large");
    expect(fault.message).toBe(`The answer of tickets.test:${server.port} is larger than 1048576 bytes; ask for less.`);
  });

  test("without an end", async () => {
    let sent = 0;
    await using server = await serveLocally((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    });
    const response = await guardedFetch(to(server.port, { maxBytes: 2 ** 20 }))(`http://tickets.test:${server.port}/`);
    expect((await refusal(response.arrayBuffer())).code).toBe("too-large");
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  test("drop by drop", async () => {
    await using server = await serveLocally((_request, response) => {
      response.write("x");
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    });
    const response = await guardedFetch(to(server.port, { timeoutMs: 200 }))(`http://tickets.test:${server.port}/`);
    expect(await refusal(response.text())).toMatchObject({
      message: `tickets.test:${server.port} gave no whole answer within 0.2 s.`,
      retryAfterMs: 1000,
      undone: false,
    });
  });

  test("or never begun, or a name that is never found", async () => {
    await using server = await serveLocally(() => undefined);
    const silent = guardedFetch(to(server.port, { timeoutMs: 100 }));
    expect((await refusal(silent(`http://tickets.test:${server.port}/`))).message).toContain("within 0.1 s");
    const lost = guardedFetch(to(server.port, { timeoutMs: 100, resolve: () => new Promise(() => undefined) }));
    expect((await refusal(lost(`http://tickets.test:${server.port}/`))).message).toContain("within 0.1 s");
  });

  test("and cut off in the middle it is no answer", async () => {
    await using server = await serveLocally((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      response.on("drain", () => undefined);
      setImmediate(() => response.destroy());
    });
    const ask = guardedFetch(to(server.port));
    const fault = await refusal(ask(`http://tickets.test:${server.port}/`).then((response) => response.text()));
    expect(fault.message).toContain("broke off");
  });
});

test("what is read whole is given whole: unpacked, and as a fetch would give it", async () => {
  await using server = await serveLocally((request, response) => {
    if (request.url === "/none") return response.writeHead(204).end();
    const packed = gzipSync('{"id":7}');
    response.writeHead(201, { "content-encoding": "gzip", "content-type": "application/json", "set-cookie": "a=b" });
    return response.end(packed);
  });
  const ask = guardedFetch(to(server.port));
  const response = await ask(new URL(`http://tickets.test:${server.port}/`), { method: "POST", body: '{"a":1}' });
  expect(response.status).toBe(201);
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(await response.json()).toEqual({ id: 7 });
  expect((await ask(`http://tickets.test:${server.port}/none`)).status).toBe(204);
});

describe("no sentence holds a credential", () => {
  const headers = { authorization: "Bearer hunter2hunter2" };

  test("when nobody answers", async () => {
    const { port, ...gone } = await serveLocally(() => undefined);
    await gone[Symbol.asyncDispose]();
    const fault = await refusal(guardedFetch(to(port))(`http://tickets.test:${port}/?key=hunter2hunter2`, { headers }));
    expect(fault).toMatchObject({ message: `tickets.test:${port} refuses connections (ECONNREFUSED).`, undone: true });
    expect(fault.cause).toBeUndefined();
  });

  test("when it cannot be sent", async () => {
    const fault = await refusal(
      guardedFetch(to(1))("http://tickets.test:1/", { headers: { authorization: "hunter2\nx" } }),
    );
    expect(fault.message).toBe("A header of this request holds characters that headers cannot hold.");
  });
});

test("who called may call it off", async () => {
  await using server = await serveLocally(() => undefined);
  const caller = new AbortController();
  const answer = refusal(
    guardedFetch(to(server.port))(`http://tickets.test:${server.port}/`, { signal: caller.signal }),
  );
  await expect.poll(() => server.asked.length).toBe(1);
  caller.abort();
  expect((await answer).message).toContain("was called off");
});
