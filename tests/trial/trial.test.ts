import { describe, expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import { contractHash } from "../../src/domain/tool.ts";
import { startTrial } from "./world.ts";

const args = { service: "checkout", environment: "production" };

describe("the company", () => {
  test("is seeded once: four services in two environments", async () => {
    const world = await startTrial();
    await world.company.deploy(world.checkout, "9.9.9", "ben");
    await world.company.seed(world.tenant);
    const services = await world.company.services(world.tenant);
    expect(services.map((one) => `${one.name} ${one.environment} ${one.instances.length}`)).toEqual(
      ["billing", "checkout", "search", "website"].flatMap((name) => [`${name} production 3`, `${name} staging 2`]),
    );
    expect(services.find((one) => one.name === "checkout" && one.environment === "production")?.version).toBe("9.9.9");
  });

  test("every tool has a contract and describes its call", async () => {
    const world = await startTrial();
    expect(world.company.tools.map((tool) => [tool.name, tool.effect])).toEqual([
      ["services.restart", "keyed"],
      ["services.status", "keyed"],
      ["services.logs", "keyed"],
      ["directory.grant", "keyed"],
      ["directory.revoke", "keyed"],
      ["directory.list", "keyed"],
      ["tickets.create", "findable"],
      ["pager.page", "opaque"],
    ]);
    expect(new Set(world.company.tools.map(contractHash)).size).toBe(8);
    expect(world.tool("services.restart").describe(args)).toBe(
      "Restart checkout in production, one instance at a time",
    );
    expect(
      world.tool("directory.grant").describe({ person: "ana", resource: "billing", level: "read", forMs: 7_200_000 }),
    ).toBe("Give ana read access to billing for 2 hours");
  });
});

describe("a restart", () => {
  test("is dangerous in production only", async () => {
    const world = await startTrial();
    expect(world.tool("services.restart").risk(args)).toBe("dangerous");
    expect(world.tool("services.restart").risk({ ...args, environment: "staging" })).toBe("write");
  });

  test("takes one instance at a time and says so", async () => {
    const world = await startTrial();
    const seen: string[] = [];
    world.onPause = async () =>
      void seen.push(((await world.store.service(world.checkout))?.instances ?? []).map((one) => one.status).join(" "));
    const result = await world.call("services.restart", args);
    expect(seen).toEqual(["restarting running running", "running restarting running", "running running restarting"]);
    expect(world.said).toEqual(["Restarted instance 1 of 3", "Restarted instance 2 of 3", "Restarted instance 3 of 3"]);
    expect(result).toMatchObject({
      service: "checkout",
      environment: "production",
      version: "1.4.2",
      instances: [{ number: 1, status: "running" }, { number: 2 }, { number: 3 }],
    });
  });

  test("again with the same key restarts nothing and gives the same answer", async () => {
    const world = await startTrial();
    const key = newId();
    const first = await world.call("services.restart", args, key);
    expect(await world.call("services.restart", args, key)).toEqual(first);
    expect((await world.store.service(world.checkout))?.instances.map((one) => one.restarts)).toEqual([1, 1, 1]);
    expect(await world.store.operations(world.tenant, "services.restart")).toMatchObject([
      { key, calls: 2, progress: 3 },
    ]);
  });

  test("that was cut off goes on where it was", async () => {
    const world = await startTrial();
    const key = newId();
    let pauses = 0;
    world.onPause = async () => {
      if (++pauses === 2) throw new Error("the process died");
    };
    await expect(world.call("services.restart", args, key)).rejects.toThrow("died");
    await world.call("services.restart", args, key);
    expect(
      (await world.store.service(world.checkout))?.instances.map((one) => `${one.status} ${one.restarts}`),
    ).toEqual(["running 1", "running 1", "running 1"]);
    expect(world.said).toHaveLength(3);
  });

  test("done by two workers at once restarts each instance once", async () => {
    const world = await startTrial();
    const key = newId();
    const [one, two] = await Promise.all([
      world.call("services.restart", args, key),
      world.call("services.restart", args, key),
    ]);
    expect(one).toEqual(two);
    expect((await world.store.service(world.checkout))?.instances.map((i) => i.restarts)).toEqual([1, 1, 1]);
    expect(world.said).toHaveLength(3);
  });

  test("stops between instances when told to", async () => {
    const world = await startTrial();
    const stop = new AbortController();
    world.onPause = async () => stop.abort();
    await expect(world.call("services.restart", args, newId(), stop.signal)).rejects.toThrow();
    expect((await world.store.service(world.checkout))?.instances.map((i) => i.restarts)).toEqual([1, 0, 0]);
  });

  test("is pinned to the version deployed, so a deploy in between shows", async () => {
    const world = await startTrial();
    const pin = () => world.tool("services.restart").pin?.({ tenant: world.tenant, args });
    expect(await pin()).toEqual({ version: "1.4.2" });
    await world.company.deploy(world.checkout, "1.5.0", "ben");
    expect(await pin()).toEqual({ version: "1.5.0" });
  });

  test("of a service there is not names the near one", async () => {
    const world = await startTrial();
    await expect(world.call("services.restart", { ...args, service: "chekout" })).rejects.toMatchObject({
      code: "bad-request",
      message:
        'There is no service "chekout" in production. Did you mean checkout? There are: billing, checkout, search, website.',
    });
    await expect(
      world.tool("services.restart").pin?.({ tenant: world.tenant, args: { ...args, service: "kitchen-sink" } }),
    ).rejects.toThrow(/^There is no service "kitchen-sink" in production\. There are/);
  });

  test("never takes a key that was used for something else", async () => {
    const world = await startTrial();
    const key = newId();
    await world.call("services.restart", args, key);
    await expect(world.call("services.restart", { ...args, service: "billing" }, key)).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

describe("what breaks", () => {
  test.each([
    ["memory-leak", true],
    ["slow", true],
    ["crashloop", false],
    ["bad-deploy", false],
  ])("%s: a restart heals it: %s", async (fault, healed) => {
    const world = await startTrial();
    await world.company.breakService(world.checkout, fault, "ben");
    const result = await world.call("services.restart", args);
    expect((await world.store.service(world.checkout))?.fault?.kind ?? null).toBe(healed ? null : fault);
    expect((result["instances"] as { status: string }[]).every((one) => one.status === "failing")).toBe(
      fault === "crashloop",
    );
    await world.company.mend(world.checkout, "ben");
    expect(await world.store.service(world.checkout)).toMatchObject({
      fault: null,
      version: "1.4.2",
      instances: [{ status: "running" }, { status: "running" }, { status: "running" }],
    });
  });

  test("a healed fault does not excuse a later one: an old key changes nothing", async () => {
    const world = await startTrial();
    const key = newId();
    await world.call("services.restart", args, key);
    await world.company.breakService(world.checkout, "slow", "ben");
    await world.call("services.restart", args, key);
    expect((await world.store.service(world.checkout))?.fault?.kind).toBe("slow");
  });

  test("shows in figures, log and deploys", async () => {
    const world = await startTrial();
    const before = await world.call("services.status", args);
    await world.company.breakService(world.checkout, "bad-deploy", "ben");
    const after = await world.call("services.status", args);
    expect([before["version"], after["version"]]).toEqual(["1.4.2", "1.4.3"]);
    expect(before["errorRate"]).toBeLessThan(1);
    expect(after["errorRate"]).toBeGreaterThan(30);
    const { lines } = await world.call("services.logs", { ...args, limit: 2 });
    expect(lines).toMatchObject([
      { line: expect.stringContaining("TypeError") },
      { line: "INFO version 1.4.3 deployed by ben" },
    ]);
    const page = await world.company.page(world.checkout);
    expect(page.deploys.map((one) => one.version)).toEqual(["1.4.3", "1.4.2"]);
    expect(page.samples).toHaveLength(61);
    await expect(world.company.breakService(world.checkout, "fire", "ben")).rejects.toThrow(
      'There is no fault "fire"; there are crashloop, memory-leak, bad-deploy, slow.',
    );
  });
});

describe("the directory", () => {
  const wanted = { person: "ana", resource: "billing", level: "read", forMs: 7_200_000 };

  test("grants once for one key, until its time", async () => {
    const world = await startTrial();
    const key = newId();
    const first = await world.call("directory.grant", wanted, key);
    expect(await world.call("directory.grant", wanted, key)).toEqual(first);
    const { grants } = await world.call("directory.list", { person: "ana" });
    const { forMs, ...listed } = first;
    expect(forMs).toBe(wanted.forMs);
    expect(grants).toEqual([listed]);
    const [row] = await world.store.grants(world.tenant, null);
    expect(Date.parse(row?.until ?? "") - Date.parse(row?.grantedAt ?? "")).toBe(7_200_000);
  });

  test("a repeated grant does not bring back what was revoked since", async () => {
    const world = await startTrial();
    const key = newId();
    await world.call("directory.grant", wanted, key);
    expect(await world.call("directory.revoke", { person: "ana", resource: "billing", grant: key })).toEqual({
      person: "ana",
      resource: "billing",
      revoked: true,
    });
    await world.call("directory.grant", wanted, key);
    expect(await world.store.grants(world.tenant, null)).toEqual([]);
  });

  test("taking an old grant back leaves a newer one alone", async () => {
    const world = await startTrial();
    const old = newId();
    await world.call("directory.grant", wanted, old);
    await world.call("directory.grant", { ...wanted, level: "write" });
    expect(await world.call("directory.revoke", { person: "ana", resource: "billing", grant: old })).toMatchObject({
      revoked: false,
    });
    expect(await world.store.grants(world.tenant, "ana")).toMatchObject([{ level: "write" }]);
  });

  test.each([[{ ...wanted, level: "admin" }], [{ ...wanted, forMs: 0 }], [{ ...wanted, person: "" }]])(
    "refuses %j",
    async (given) => {
      const world = await startTrial();
      expect(world.tool("directory.grant").params.safeParse(given).success).toBe(false);
    },
  );
});

describe("providers without our key", () => {
  test("a ticket is found again by the effect that wrote it", async () => {
    const world = await startTrial();
    const [key, other] = [newId(), newId()];
    const given = { title: "Broken", text: "It is." };
    const result = await world.call("tickets.create", given, key);
    expect(await world.tool("tickets.create").find?.({ tenant: world.tenant, args: given, effectId: key })).toEqual(
      result,
    );
    expect(
      await world.tool("tickets.create").find?.({ tenant: world.tenant, args: given, effectId: other }),
    ).toBeNull();
  });

  test("a page called twice rings twice", async () => {
    const world = await startTrial();
    const key = newId();
    for (let i = 0; i < 2; i++) await world.call("pager.page", { person: "ben", text: "Wake up" }, key);
    expect(await world.store.operations(world.tenant, "page")).toHaveLength(2);
  });
});
