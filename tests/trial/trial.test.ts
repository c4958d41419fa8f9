import { describe, expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import { contractHash } from "../../src/domain/tool.ts";
import { trialAlertStore } from "../../src/store/trial-alerts.ts";
import { startAlerting } from "../../src/trial/alerts.ts";
import type { Service, Spell } from "../../src/trial/company.ts";
import { passMs } from "../support/fresh.ts";
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
      ["services.rollback", "keyed"],
      ["services.scale", "keyed"],
      ["services.status", "keyed"],
      ["services.metrics", "keyed"],
      ["services.logs", "keyed"],
      ["services.deploys", "keyed"],
      ["services.dependencies", "keyed"],
      ["services.known", "keyed"],
      ["directory.grant", "keyed"],
      ["directory.revoke", "keyed"],
      ["directory.list", "keyed"],
      ["tickets.create", "findable"],
      ["pager.page", "opaque"],
    ]);
    expect(new Set(world.company.tools.map(contractHash)).size).toBe(14);
    expect(world.tool("services.restart").describe(args)).toBe(
      "Restart checkout in production, one instance at a time",
    );
    expect(
      world.tool("directory.grant").describe({ person: "ana", resource: "billing", level: "read", forMs: 7_200_000 }),
    ).toBe("Give ana read access to billing for 2 hours");
  });
});

test("whatever changes a service has it for itself, wherever that is; what only looks has not", async () => {
  const world = await startTrial();
  const things = new Map(world.company.tools.map((tool) => [tool.name, tool.occupies?.(args as never)]));
  for (const name of ["services.restart", "services.rollback", "services.scale"])
    expect(things.get(name), name).toBe("services/production/checkout");
  for (const name of ["services.status", "services.metrics", "services.logs", "services.deploys"])
    expect(things.get(name), name).toBeUndefined();
  expect(world.tool("services.restart").occupies?.({ ...args, environment: "staging" } as never)).toBe(
    "services/staging/checkout",
  );
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
    const pin = () => world.tool("services.restart").pin?.({ tenant: world.tenant, args, effectId: "e1" });
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
      world
        .tool("services.restart")
        .pin?.({ tenant: world.tenant, args: { ...args, service: "kitchen-sink" }, effectId: "e1" }),
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

describe("a rollback", () => {
  const back = { ...args, toVersion: "1.4.2" };

  test("puts the version back, once for one key, and heals what the newer one broke", async () => {
    const world = await startTrial();
    await world.company.breakService(world.checkout, "bad-deploy", "ben");
    expect(await world.tool("services.rollback").dryRun?.({ tenant: world.tenant, args: back })).toMatch(
      /^Would put version 1\.4\.2 on 3 instances in place of 1\.4\.3, deployed by ben at 2/,
    );
    const key = newId();
    const first = await world.call("services.rollback", back, key);
    expect(first).toEqual({ ...args, version: "1.4.2", fromVersion: "1.4.3" });
    expect(await world.call("services.rollback", back, key)).toEqual(first);
    const pin = (effectId: string) =>
      world.tool("services.rollback").pin?.({ tenant: world.tenant, args: back, effectId });
    expect([await pin(key), await pin(newId())]).toEqual([
      { version: first["fromVersion"] },
      { version: first["version"] },
    ]);
    expect(await world.store.service(world.checkout)).toMatchObject({ version: "1.4.2", fault: null });
    const { deploys } = await world.call("services.deploys", args);
    expect(
      (deploys as { version: string; change: string; by: string }[]).map((one) => [one.version, one.change, one.by]),
    ).toEqual([
      ["1.4.2", "rollback", "ana"],
      ["1.4.3", "version", "ben"],
      ["1.4.2", "version", "ben"],
    ]);
  });

  test("is taken back by the version before, and with it comes its fault", async () => {
    const world = await startTrial();
    await world.company.breakService(world.checkout, "config-change", "ben");
    const result = await world.call("services.rollback", back);
    expect(result["fromVersion"]).toBe("1.4.2+config.1");
    const undo = world.tool("services.rollback").compensate?.(back as never, result as never);
    expect(undo).toEqual({ tool: "services.rollback", args: { ...args, toVersion: "1.4.2+config.1" } });
    await world.call("services.rollback", undo?.args ?? {});
    expect((await world.store.service(world.checkout))?.fault?.kind).toBe("config-change");
  });

  test("does nothing for a fault that no release brought", async () => {
    const world = await startTrial();
    await world.company.deploy(world.checkout, "1.4.3", "ben");
    await world.company.breakService(world.checkout, "slow", "ben");
    await world.call("services.rollback", back);
    expect((await world.store.service(world.checkout))?.fault?.kind).toBe("slow");
  });

  test("goes to a version that ran before, and names those", async () => {
    const world = await startTrial();
    await world.company.deploy(world.checkout, "1.5.0", "ben");
    await expect(world.call("services.rollback", { ...args, toVersion: "1.5.0" })).rejects.toThrow(
      "checkout in production runs version 1.5.0 already.",
    );
    const refused = {
      code: "bad-request",
      message: "Version 0.1 never ran on checkout in production. These did: 1.4.2.",
    };
    const asked = { tenant: world.tenant, args: { ...args, toVersion: "0.1" } };
    await expect(world.call("services.rollback", asked.args)).rejects.toMatchObject(refused);
    // Nobody is asked to approve it, and no dry run says what it would do.
    const { pin, dryRun } = world.tool("services.rollback");
    await expect(pin?.({ ...asked, effectId: newId() })).rejects.toMatchObject(refused);
    await expect(dryRun?.(asked)).rejects.toMatchObject(refused);
    expect(await dryRun?.({ ...asked, args: { ...args, toVersion: "1.5.0" } })).toBe(
      "Would do nothing: version 1.5.0 runs already.",
    );
  });

  test("in production is dangerous and bound to the version that runs", async () => {
    const world = await startTrial();
    expect(world.tool("services.rollback").risk(back)).toBe("dangerous");
    expect(world.tool("services.rollback").risk({ ...back, environment: "staging" })).toBe("write");
    expect(await world.tool("services.rollback").pin?.({ tenant: world.tenant, args: back, effectId: "e1" })).toEqual({
      version: "1.4.2",
    });
  });
});

describe("scaling", () => {
  test("to twice the instances is enough for a crowd, less is not", async () => {
    const world = await startTrial();
    await world.company.breakService(world.checkout, "traffic-spike", "ben");
    expect(await world.tool("services.scale").dryRun?.({ tenant: world.tenant, args: { ...args, instances: 4 } })).toBe(
      "Would run 4 instances of version 1.4.2 instead of 3.",
    );
    await world.call("services.scale", { ...args, instances: 4 });
    expect((await world.store.service(world.checkout))?.fault?.kind).toBe("traffic-spike");
    const key = newId();
    const first = await world.call("services.scale", { ...args, instances: 6 }, key);
    expect(first).toEqual({ ...args, instances: 6, before: 4 });
    expect(await world.call("services.scale", { ...args, instances: 6 }, key)).toEqual(first);
    const service = await world.store.service(world.checkout);
    expect([service?.fault, service?.instances.length]).toEqual([null, 6]);
    const undo = world.tool("services.scale").compensate?.({ ...args, instances: 6 } as never, first as never);
    expect(undo).toEqual({ tool: "services.scale", args: { ...args, instances: 4 } });
    await world.call("services.scale", undo?.args ?? {});
    expect((await world.store.service(world.checkout))?.instances.map((one) => one.number)).toEqual([1, 2, 3, 4]);
  });

  test("has limits", async () => {
    const world = await startTrial();
    for (const instances of [0, 21, 1.5])
      expect(world.tool("services.scale").params.safeParse({ ...args, instances }).success).toBe(false);
  });
});

describe("what breaks", () => {
  test.each([
    ["memory-leak", true],
    ["slow", true],
    ["hung", true],
    ["disk-full", true],
    ["noisy-neighbour", true],
    ["crashloop", false],
    ["bad-deploy", false],
    ["config-change", false],
    ["traffic-spike", false],
    ["cert-expired", false],
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

  test("a dependency that is down is mended where it is", async () => {
    const world = await startTrial();
    const billing = { ...world.checkout, service: "billing" };
    await world.company.breakService(world.checkout, "dependency-down", "ben");
    expect([
      (await world.store.service(world.checkout))?.fault,
      (await world.store.service(billing))?.fault?.kind,
    ]).toEqual([null, "hung"]);
    await world.call("services.restart", { ...args, service: "billing" });
    expect((await world.store.service(billing))?.fault).toBeNull();
    await expect(world.company.breakService(billing, "dependency-down", "ben")).rejects.toThrow(
      "billing calls no other service, so none can be down for it.",
    );
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
    const { lines } = await world.call("services.logs", { ...args, limit: 4 });
    expect((lines as { line: string }[]).map(({ line }) => line)).toEqual(
      expect.arrayContaining([expect.stringContaining("TypeError"), "INFO version 1.4.3 deployed by ben"]),
    );
    const page = await world.company.page(world.checkout);
    expect(page.deploys.map((one) => one.version)).toEqual(["1.4.3", "1.4.2"]);
    expect(page.samples).toHaveLength(121);
    await expect(world.company.breakService(world.checkout, "fire", "ben")).rejects.toThrow(
      /^There is no fault "fire"; there are crashloop, memory-leak, /,
    );
  });
});

describe("looking", () => {
  test("at figures gives columns over the time asked for, and what was wrong stays in them when it is mended", async () => {
    const world = await startTrial();
    await world.company.breakService(world.checkout, "hung", "ben");
    await world.call("services.restart", args);
    const shown = await world.call("services.metrics", { ...args, lastMs: 60_000, points: 601 });
    const { errorRate } = shown["metrics"] as Record<string, number[]>;
    expect([shown["stepMs"], errorRate?.length]).toEqual([100, 601]);
    expect(Math.max(...(errorRate ?? []))).toBeGreaterThan(90);
  });

  test("at what a service calls goes all the way down", async () => {
    const world = await startTrial();
    const shown = await world.call("services.dependencies", { ...args, service: "website" });
    const dependencies = shown["dependencies"] as { service: string; calledBy: string[]; deploys: unknown[] }[];
    expect(dependencies.map((one) => [one.service, one.calledBy, one.deploys.length])).toEqual([
      ["checkout", ["website"], 1],
      ["search", ["website"], 1],
      ["billing", ["checkout"], 1],
    ]);
  });

  test("says of any words whether they name a service, and which there are", async () => {
    const world = await startTrial();
    const known = (service: string, environment: string) => world.call("services.known", { service, environment });
    expect(await known("checkout", "staging")).toEqual({ known: true, because: null });
    expect(await known("payments-api", "production")).toEqual({
      known: false,
      because: "I know no service payments-api; I know billing, checkout, search and website",
    });
    expect(await known("checkout", "qa")).toEqual({
      known: false,
      because: "I know no environment qa of checkout; I know production and staging",
    });
  });

  test.each(["services.status", "services.metrics", "services.logs", "services.deploys", "services.dependencies"])(
    "%s reads only, steers nothing, and names the service it does not know",
    async (name) => {
      const world = await startTrial();
      expect([world.tool(name).risk(args), world.tool(name).steers]).toEqual(["read", []]);
      await expect(world.call(name, { ...args, service: "chekout" })).rejects.toThrow("Did you mean checkout?");
    },
  );
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
      left: null,
    });
    await world.call("directory.grant", wanted, key);
    expect(await world.store.grants(world.tenant, null)).toEqual([]);
  });

  test("each grant ends on its own, and what ends says what is left", async () => {
    const world = await startTrial();
    const [old, write] = [newId(), newId()];
    const { until } = await world.call("directory.grant", wanted, old);
    await world.call("directory.grant", { ...wanted, level: "write", forMs: 60_000 }, write);
    await world.call("directory.grant", { ...wanted, resource: "website", level: "write" });
    const takeBack = (more: object) => world.call("directory.revoke", { person: "ana", resource: "billing", ...more });
    expect(await takeBack({ grant: write })).toMatchObject({ revoked: true, left: { level: "read", until } });
    expect(await takeBack({ grant: write })).toMatchObject({ revoked: false, left: { level: "read", until } });
    expect(await world.store.grants(world.tenant, "ana")).toMatchObject([
      { resource: "billing", grant: old },
      { resource: "website" },
    ]);
    const { forMs: _, ...forGood } = wanted;
    await world.call("directory.grant", forGood);
    expect(await takeBack({ grant: old })).toMatchObject({ revoked: true, left: { level: "read", until: null } });
    expect(await takeBack({})).toMatchObject({ revoked: true, left: null });
  });

  test("says whether somebody has as much for as long already", async () => {
    const world = await startTrial();
    const { until } = await world.call("directory.grant", wanted);
    await world.call("directory.grant", { ...wanted, level: "write", forMs: 60_000 });
    const best = async (level: string, forMs: number) =>
      (await world.call("directory.list", { person: "ana", resource: "billing", level, forMs }))["best"];
    expect(await best("read", 59_000)).toMatchObject({ level: "write" });
    expect(await best("read", 7_100_000)).toEqual({ level: "read", until });
    expect(await best("read", 7_200_000)).toBeNull();
    expect(await best("write", 61_000)).toBeNull();
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

test("two replicas that look at the same moment tell once; what one did not manage to tell, the other does later", async () => {
  const { db, tenant } = await startTrial();
  const clock = async () => new Date(String((await db.query<{ now: Date }>("select steward.now() as now"))[0]?.now));
  const since = new Date((await clock()).getTime() - 60_000).toISOString();
  const spell: Spell = { service: "website", kind: "bad-deploy", since, until: null };
  const said: string[] = [];
  /** One look of one replica. */
  const look = async (replica: string, meanwhile: () => Promise<void> = async () => undefined) =>
    startAlerting({
      tenant,
      store: {
        now: clock,
        services: async () => [{ name: "website", environment: "production" } as Service],
        spells: async (_tenant, environment) => (environment === "production" ? [spell] : []),
      },
      alerts: trialAlertStore(db),
      tell: async () => {
        await meanwhile();
        said.push(replica);
      },
      onError: (error) => said.push(`${replica}: ${error.message}`),
    }).stop();
  const broken = async () => Promise.reject(new Error("gone"));
  await look("a", broken);
  await look("b");
  expect(said).toEqual(["a: gone"]);
  await passMs(db, 10_000);
  await look("b", () => look("a"));
  await Promise.all([look("a"), look("b")]);
  expect(said).toEqual(["a: gone", "b"]);
  await passMs(db, 5 * 60_000);
  await Promise.all([look("a"), look("b")]);
  expect(said).toHaveLength(3);
});

test("what access, tickets and pages would come to is read before, and nothing of it is done", async () => {
  const world = await startTrial();
  const would = (name: string, args: object) =>
    world.tool(name).dryRun?.({ tenant: world.tenant, args: world.tool(name).params.parse(args) as never });
  const billing = { person: "ana", resource: "billing" };
  const grant = { ...billing, level: "read", forMs: 7_200_000 };
  expect(await would("directory.grant", grant)).toBe("ana has no access to billing now.");
  expect(await would("directory.revoke", billing)).toBe("Nothing would change: ana has no such access to billing.");
  const given = (await world.call("directory.grant", { ...billing, level: "write" })) as {
    grant: string;
  };
  expect(await would("directory.grant", grant)).toBe(
    "Nothing would be gained: ana has write access to billing without an end already.",
  );
  const short = (await world.call("directory.grant", { ...grant, resource: "search" })) as { grant: string };
  expect(await would("directory.grant", { ...grant, resource: "search", level: "write" })).toMatch(
    /^ana has read access to search until [\d-]+ [\d:]+ UTC now\.$/,
  );
  expect(world.tool("directory.grant").compensate?.(grant as never, short as never)).toEqual({
    tool: "directory.revoke",
    args: { ...billing, grant: short.grant },
  });
  await world.call("directory.grant", grant);
  expect(await would("directory.revoke", { ...billing, grant: given.grant })).toMatch(
    /^ana would lose write access to billing without an end and keep read access to billing until [\d-]+ [\d:]+ UTC\.$/,
  );
  const ticket = { title: "Cart breaks", text: "It does." };
  expect(await would("tickets.create", ticket)).toBe("There is no ticket of this title yet.");
  const { ticket: written } = (await world.call("tickets.create", ticket)) as { ticket: string };
  expect(await would("tickets.create", ticket)).toBe(`There is a ticket of this title already: ${written}.`);
  expect(await would("pager.page", { person: "ben", text: "come" })).toBe("ben was not paged before.");
  await world.call("pager.page", { person: "ben", text: "come" });
  expect(await would("pager.page", { person: "ben", text: "now" })).toBe(
    "ben was paged once before, last with “come”.",
  );
});
