import { describe, expect, test } from "vitest";
import { readConnectors } from "../../src/config/connectors.ts";
import { readSettings } from "../../src/config/settings.ts";
import { parseStewardYaml } from "../../src/config/steward-yaml.ts";

const start = "people: [{ id: ana, name: Ana }]\nchannels: [{ name: ops }]\n";
const read = (connectors: string, env: Record<string, string> = {}, addresses = {}) =>
  readConnectors(
    parseStewardYaml(`${start}connectors:\n  ${connectors}\n`, "s.yaml").connectors,
    "/etc/steward/s.yaml",
    addresses,
    env,
  );

test("nothing is connected until it is named", () => {
  expect(readConnectors(parseStewardYaml(start, "s.yaml").connectors, "s.yaml", {}, {})).toEqual({
    http: [],
    sql: [],
    prometheus: [],
    loki: [],
    logs: [],
    mcp: [],
    kubernetes: null,
  });
});

test("secrets come from the environment, folders from where the file is", () => {
  const settings = read(
    `{ http: [{ name: billing, url: "https://b.example.com/api", headersFromEnv: { Authorization: BILLING }, methods: { POST: write } }],
      sql: [{ name: shop, urlFromEnv: SHOP_DB }], logs: [{ name: apps, folder: logs }] }`,
    { BILLING: " Bearer abc ", SHOP_DB: "postgres://reader:pw@db/shop" },
    { prometheusUrl: "http://localhost:9090" },
  );
  expect(settings).toEqual({
    http: [
      {
        name: "billing",
        url: "https://b.example.com/api",
        private: false,
        headers: { Authorization: "Bearer abc" },
        methods: { POST: "write" },
        idempotencyHeader: null,
        redirects: 0,
        costUsd: null,
      },
    ],
    sql: [{ name: "shop", url: "postgres://reader:pw@db/shop", askedBy: null }],
    prometheus: [{ name: "prometheus", url: "http://localhost:9090", private: true, headers: {}, askedBy: null }],
    loki: [],
    logs: [{ name: "apps", folder: "/etc/steward/logs" }],
    mcp: [],
    kubernetes: null,
  });
});

describe("a mistake is named with its place and its remedy", () => {
  test.each([
    [
      `http: [{ name: b, url: "http://b.example.com" }]`,
      /connectors\.http\[0\]\.url: must begin with https:\/\/ unless/,
    ],
    [`http: [{ name: b, url: "https://u:hunter2@b.example.com" }]`, /without user, password, query and fragment/],
    [`loki: [{ name: b, url: "ftp://b" }]`, /must be an address such as/],
    [
      `http: [{ name: b, url: "https://b", headersFromEnv: { Authorization: "Bearer hunter2" } }]`,
      /must be the name of an environment variable/,
    ],
    [`http: [{ name: b, url: "https://b", methods: { GET: write } }]`, /connectors\.http\[0\]\.methods/],
    [`http: [{ name: b, url: "https://b", methods: { POST: read } }]`, /must be one of write, dangerous, never/],
    [`http: [{ name: b, url: "https://b", redirect: 1 }]`, /there is no such key; did you mean redirects\?/],
    [
      `http: [{ name: b, url: "https://b", costUsd: free }]`,
      /costUsd: is missing or of the wrong kind; write a number/,
    ],
    [
      `http: [{ name: b, url: "https://b", costUsd: 0 }]`,
      /costUsd: must be .* leave it out where a call costs nothing/,
    ],
    [`mcp: [{ name: b, url: "https://b", costUsd: -1 }]`, /connectors\.mcp\[0\]\.costUsd: must be what one call costs/],
    [`sqll: []`, /there is no such key; did you mean sql\?/],
    [`sql: [{ name: shop, url: "postgres://x" }]`, /connectors\.sql\[0\]/],
    [`logs: [{ name: a, folder: x }, { name: a, folder: y }]`, /connectors\.logs: uses a name twice/],
    [`logs: [{ name: ../a, folder: x }]`, /must be lower-case letters/],
  ])("%s", (connectors, message) => {
    const failing = () => read(connectors);
    expect(failing).toThrow(message);
    expect(failing).toThrow(expect.objectContaining({ code: "bad-config" }));
    expect(failing).not.toThrow(/hunter2/);
  });

  test("what the environment lacks is told at once, and no secret is repeated", () => {
    const failing = () =>
      read(
        `{ http: [{ name: b, url: "https://b", headersFromEnv: { X-Key: B_KEY, X-Other: B_OTHER } }], sql: [{ name: shop, urlFromEnv: SHOP }] }`,
        { B_OTHER: "hunter2\nx", SHOP: "mysql://hunter2@x" },
      );
    expect(failing).toThrow(
      [
        "/etc/steward/s.yaml, connectors.http.b: B_KEY is not set: it must hold the value of the header X-Key.",
        "/etc/steward/s.yaml, connectors.http.b: B_OTHER is not usable: it must hold the value of the header X-Other.",
        "/etc/steward/s.yaml, connectors.sql.shop: SHOP is not usable: it must be a PostgreSQL address, for example postgres://reader:password@db:5432/shop.",
      ].join("\n"),
    );
  });
});

test("addresses in the environment are checked, and a system that is real wants the mode named", () => {
  expect(readSettings({ PROMETHEUS_URL: "http://localhost:9090", STEWARD_MODE: "trial" }).prometheusUrl).toBe(
    "http://localhost:9090",
  );
  expect(() => readSettings({ LOKI_URL: "http://localhost:3100" })).toThrow(
    /^STEWARD_MODE is missing: with LOKI_URL set/,
  );
  expect(() => readSettings({ PROMETHEUS_URL: "http://u:hunter2@p", STEWARD_MODE: "trial" })).toThrow(
    "PROMETHEUS_URL is not usable: it must be the address of a Prometheus without user and password, for example http://localhost:9090.",
  );
});
