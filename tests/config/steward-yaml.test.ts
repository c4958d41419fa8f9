import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseStewardYaml, readStewardYaml } from "../../src/config/steward-yaml.ts";

const start = "people:\n  - { id: ana, name: Ana }\nchannels:\n  - { name: ops }\n";

test("the file that ships is right", () => {
  const config = readStewardYaml(fileURLToPath(new URL("../../steward.yaml", import.meta.url)));
  expect(config.people.map((person) => [person.id, person.kind, person.roles, person.manager])).toEqual([
    ["ana", "member", ["requester"], "cara"],
    ["ben", "member", ["on-call"], "cara"],
    ["cara", "member", ["manager", "auditor"], undefined],
    ["dan", "member", ["security"], undefined],
    ["eve", "guest", [], undefined],
  ]);
  expect(config.channels.map((channel) => channel.name)).toEqual([
    "help-needed",
    "ops",
    "approvals",
    "general",
    "billing",
    "support",
  ]);
  expect(config.audiences).toMatchObject({ customers: { channel: "support", words: "plain", urgent: false } });
  expect(config.routes.approvals).toEqual(["approvals"]);
  expect(config.policies).toHaveLength(9);
});

test("what is left out has a sensible value", () => {
  expect(parseStewardYaml(start, "s.yaml")).toMatchObject({
    policies: [],
    routes: { approvals: [] },
  });
});

describe("a wrong file is refused with file, line, path and remedy", () => {
  test.each([
    ["people: [", /^s\.yaml, line 1: this is not YAML/],
    ["", /^s\.yaml, line 1, people: is missing or of the wrong kind; write a list\.\ns\.yaml, line 1, channels:/],
    [`${start}peeple: []\n`, "s.yaml, line 5, peeple: there is no such key; did you mean people?"],
    [
      `${start}zzz: 1\n`,
      "s.yaml, line 5, zzz: there is no such key; known here: people, channels, groups, timezone, quietHours, url, routes, audiences, knowledge, models, retention, connectors, services, specialists, owners, policies.",
    ],
    [
      `${start}retention: { work: 2 weeks, artifacts: 3d }\n`,
      /retention\.work: must be a number of days such as 30d, at most 9999d, or never\..*retention\.artifacts: there is no such key; known here: work, modelCalls, mail\./s,
    ],
    [
      `${start}models:\n  default: m\n  prices:\n    - { model: m, since: 2026-13-01, input: 1, output: -5, cacheWrit: 1, cacheRead: 1 }\n  caps: { run: 0, week: 3 }\n`,
      /models\.prices\[0\]\.since: must be a date such as 2026-11-01\..*\.output: must be a price in US dollars per million tokens.*\.cacheWrite: is missing.*\.cacheWrit: there is no such key; did you mean cacheWrite\?.*\.caps\.run: must be an amount in US dollars.*\.caps\.week: there is no such key; known here: run, person, tenant, day\./s,
    ],
    [
      "people:\n  - id: ana\n    name: Ana\n    kind: robot\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 4, people[0].kind: must be one of member, guest, bot.",
    ],
    [
      "people:\n  - id: ana\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 2, people[0].name: is missing or of the wrong kind; write a text.",
    ],
    [
      "people:\n  - id: ana\n    name: Ana\n    role: [x]\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 4, people[0].role: there is no such key; did you mean roles?",
    ],
    [
      "people:\n  - { id: Ana!, name: Ana }\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 2, people[0].id: must be lower-case letters, digits, dots and dashes, for example ana.",
    ],
    [
      "people:\n  - { id: ana, name: Ana, manager: zoe }\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 2, people[0].manager: nobody has the id zoe; people are ana.",
    ],
    [
      "people:\n  - { id: ana, name: Ana }\n  - { id: ana, name: Anna }\nchannels:\n  - { name: ops }\n",
      "s.yaml, line 3, people[1].id: ana is already a person above; give each an id of their own.",
    ],
    [
      `${start}routes:\n  approvals: nowhere\n`,
      "s.yaml, line 6, routes.approvals: there is no channel nowhere; channels are ops.",
    ],
    [
      `${start}audiences:\n  all: { channel: nowhere }\n  us: { role: on-call }\n`,
      "s.yaml, line 6, audiences.all: there is no channel nowhere; channels are ops.\ns.yaml, line 7, audiences.us: is told each alone: say where in routes, as alone: CHANNEL.",
    ],
    [
      `${start}routes: { alone: ops }\naudiences:\n  us: { role: on-call }\n`,
      "s.yaml, line 7, audiences.us: nobody has the role on-call, and no group brings it: roles are not given to anybody yet.",
    ],
    [
      `${start}connectors:\n  sql:\n    - { name: shop, urlFromEnv: SHOP_URL, askedBy: [analyst] }\n`,
      "s.yaml, line 7, connectors.sql[0].askedBy: nobody has the role analyst, and no group brings it: roles are not given to anybody yet.",
    ],
    [
      `${start}connectors:\n  prometheus:\n    - { name: main, url: https://prom.example.com, askedBy: [] }\n`,
      "s.yaml, line 7, connectors.prometheus[0].askedBy: must name at least one role; leave it out for auditors and managers.",
    ],
    [
      `${start}quietHours: at night\n`,
      "s.yaml, line 5, quietHours: must be a stretch of the day such as 22:00 to 7:00.",
    ],
    [
      `${start}quietHours: 22:00 to 7:00\n`,
      "s.yaml, line 5, quietHours: what is kept is told each alone: say where in routes, as alone: CHANNEL.",
    ],
    [
      `${start}audiences:\n  both: { channel: ops, role: manager }\n`,
      "s.yaml, line 6, audiences.both: must name a channel or a role, and not both.",
    ],
    [`${start}people: []\n`, /^s\.yaml, line 5: this is not YAML: Map keys must be unique/],
  ])("%j", (source, message) => {
    expect(() => parseStewardYaml(source, "s.yaml")).toThrow(
      expect.objectContaining({
        code: "bad-config",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });

  test("a file that is not there", () => {
    expect(() => readStewardYaml("nowhere/steward.yaml")).toThrow(
      "nowhere/steward.yaml cannot be read (ENOENT): create it, or set STEWARD_CONFIG to where it is.",
    );
  });
});
