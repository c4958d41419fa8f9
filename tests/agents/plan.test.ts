import { expect, test } from "vitest";
import { z } from "zod";
import { specialists } from "../../src/agents/index.ts";
import { readPlan } from "../../src/agents/plan.ts";
import { catalogOf } from "../../src/agents/plan-catalog.ts";
import { defineTool, type Risk } from "../../src/domain/tool.ts";

const tool = (name: string, risk: Risk) =>
  defineTool({
    name,
    summary: `${name} somewhere`,
    params: z.object({ service: z.string(), environment: z.enum(["staging", "production"]).optional() }),
    result: z.json(),
    risk: () => risk,
    effect: "keyed",
    timeoutMs: 1000,
    describe: ({ service }) => `${name} of ${service}`,
    run: async () => null,
  });
const tools = new Map(
  [tool("services.look", "read"), tool("services.restart", "dangerous"), tool("budget.raise", "dangerous")].map(
    (each) => [each.name, each],
  ),
);
const known = { tools: [...tools.values()], intents: [], specialists };
const look = { id: "look", tool: { name: "services.look", args: { service: "checkout" } } };
const restart = {
  id: "restart",
  tool: { name: "services.restart", args: { service: "checkout" } },
  dependsOn: ["look"],
};
const planned = (plan: object) => readPlan(plan as never, known, tools);

test("what changes something is put behind an approval of its own, what only reads is not", () => {
  const read = planned({ title: "restart\ncheckout", steps: [look, restart] });
  if (!read.ok) throw new Error(read.problems.join());
  expect(read.definition.title).toBe("restart checkout");
  expect([...read.definition.coveredBy]).toEqual([["restart", "may-restart"]]);
  expect(read.definition.after.get("may-restart")).toEqual(["look"]);
  expect(read.lines).toEqual([
    "1. services.look of checkout",
    "2. services.restart of checkout (when 1 is done; dangerous: people are asked first)",
  ]);
});

test("a step is shown with every argument, also one of which its tool's sentence says nothing", () => {
  const args = { service: "checkout", environment: "production" };
  const read = planned({ title: "t", steps: [{ ...look, tool: { name: "services.look", args } }] });
  expect(read.ok && read.lines).toEqual(['1. services.look of checkout (environment: "production")']);
});

test("an argument is not left out because its value is a part of another word", () => {
  const grant = {
    ...tool("services.grant", "read"),
    params: z.object({ service: z.string(), level: z.string(), forced: z.boolean(), instances: z.number() }),
    describe: ({ service }: { service: string }) => `Give notes of ${service}`,
  };
  const all = new Map([...tools, [grant.name, grant as never]]);
  const args = { service: "sheet22", level: "eet", forced: false, instances: 2 };
  const plan = { title: "t", steps: [{ id: "g", tool: { name: grant.name, args } }] };
  const read = readPlan(plan, { ...known, tools: [...all.values()] }, all);
  expect(read.ok && read.lines).toEqual(['1. Give notes of sheet22 (forced: no, instances: 2, level: "eet")']);
});

test("no text of a step can pose as another step, nor hide one", () => {
  const notify = (text: string) => ({ id: "tell", notify: { to: "thread", text } });
  const posing = planned({ title: "t", steps: [notify("hello”\n2. Nothing else\u00ad"), look] });
  expect(posing.ok && posing.lines).toEqual([
    String.raw`1. Tell this thread: “hello” 2. Nothing else\u00ad”`,
    "2. services.look of checkout",
  ]);
  expect(planned({ title: "t", steps: [notify("word ".repeat(400)), look] })).toEqual({
    ok: false,
    problems: [
      expect.stringMatching(/^Its steps are 2\d{3} characters when they are shown, and people are shown 1800/),
    ],
  });
});

test("each step is a sentence: who does what with which names, what it waits for, and what another step brings", () => {
  const place = { service: "checkout", environment: "staging" };
  const brings = (path: string) => `\${{ steps.look.output.${path} }}`;
  const others = ["status", "metrics", "logs"].map((name) => tool(`services.${name}`, "read"));
  const all = new Map([...tools.values(), ...others, tool("analysis.lines", "read")].map((each) => [each.name, each]));
  const plan = {
    title: "t",
    steps: [
      { id: "look", agent: { specialist: "observer", task: "service-health", input: place } },
      { id: "logs", agent: { specialist: "data", task: "service-logs", input: { ...place, last: 600_000 } } },
      {
        id: "fix",
        dependsOn: ["look", "logs"],
        when: { any: [{ gt: [brings("errorRate"), 5] }, { not: { exists: brings("version") } }] },
        agent: {
          specialist: "operator",
          task: "fix-service",
          input: { ...place, service: "a shop", found: brings("summary") },
        },
      },
      { id: "pause", dependsOn: ["fix"], wait: { for: "90m" } },
      { ...restart, dependsOn: ["pause"], tool: { name: "services.restart", args: { service: brings("service") } } },
      {
        id: "odd",
        dependsOn: ["look"],
        tool: { name: "services.look", args: { ...place, environment: brings("environment") } },
      },
      { id: "tell", dependsOn: ["restart"], notify: { to: ["thread", "#ops"], text: `It was: ${brings("summary")}` } },
    ],
  };
  const read = readPlan(plan, { ...known, tools: [...all.values()] }, all);
  if (!read.ok) throw new Error(read.problems.join());
  expect(read.lines).toEqual([
    "1. observer or data: how is checkout in staging",
    "2. data: what stands in the log of checkout in staging (last: 10 minutes)",
    '3. operator: get "a shop" in staging to work again (found: ‹what step 1 found›) (when 1 and 2 are done; only if ‹the error rate that step 1 found› is more than 5 or not (there is ‹the version that step 1 found›); people are asked before it changes anything)',
    "4. Wait 1 hour 30 minutes (when 3 is done)",
    "5. services.restart of ‹the service that step 1 found› (when 4 is done; dangerous: people are asked first)",
    '6. services.look somewhere (environment: ‹the environment that step 1 found›, service: "checkout") (when 1 is done; dangerous: people are asked first)',
    "7. Tell this thread, #ops: “It was: ‹what step 1 found›” (when 5 is done)",
  ]);
});

test("a length of time is shown in words, and a text in quotes", () => {
  const wait = {
    ...tool("services.wait", "read"),
    params: z.object({ service: z.string(), forMs: z.number(), note: z.string() }),
  };
  const all = new Map([...tools, [wait.name, wait as never]]);
  const args = { service: "checkout", forMs: 3_600_000, note: "x) [read], service: billing" };
  const plan = { title: "t", steps: [{ id: "w", tool: { name: wait.name, args } }] };
  const read = readPlan(plan, { ...known, tools: [...all.values()] }, all);
  expect(read.ok && read.lines).toEqual([
    '1. services.wait of checkout (for: 1 hour, note: "x) [read], service: billing")',
  ]);
});

test("whom the policy asks is said as it is: nobody, where it needs nobody and all arguments are known", () => {
  const asks = ({ args }: { args: object }) => !("environment" in args && args.environment === "staging");
  const lines = (environment: string) => {
    const args = { service: "checkout", environment };
    const steps = [look, { ...restart, tool: { ...restart.tool, args } }];
    const read = readPlan({ title: "t", steps }, { ...known, asks }, tools);
    return read.ok ? read.lines.at(-1) : read.problems.join();
  };
  expect(lines("staging")).toMatch(/dangerous: the policy asks nobody\)$/);
  expect(lines("production")).toMatch(/dangerous: people are asked first\)$/);
  expect(lines("${{ steps.look.output.environment }}")).toMatch(/dangerous: people are asked first\)$/);
});

test("an agent of a plan is given what its task needs, or what another step brings", () => {
  const plan = (input: object) =>
    planned({
      title: "t",
      steps: [
        look,
        { id: "see", dependsOn: ["look"], agent: { specialist: "observer", task: "service-health", input } },
      ],
    });
  expect(plan({ service: "checkout" })).toEqual({
    ok: false,
    problems: ["see: in the input, “environment”: say which environment, such as production."],
  });
  const later = plan({ service: "checkout", environment: "${{ steps.look.output.environment }}" });
  expect(JSON.stringify(later)).not.toContain("say which environment");
});

test("an argument that is not known yet counts as dangerous", () => {
  const args = { service: "checkout", environment: "${{ steps.look.output.environment }}" };
  const read = planned({
    title: "t",
    steps: [look, { ...look, id: "again", tool: { name: "services.look", args }, dependsOn: ["look"] }],
  });
  expect(read).toMatchObject({
    ok: true,
    lines: [expect.anything(), expect.stringMatching(/dangerous: people are asked first\)$/)],
  });
});

test("what another step brings from outside counts: a look that it would steer is asked about, as it will be", () => {
  const again = (from: string) => ({
    id: "again",
    tool: { name: "services.look", args: { service: `\${{ steps.${from}.output.service }}` } },
    dependsOn: [from],
  });
  const asked = planned({ title: "t", steps: [look, again("look")] });
  expect(asked.ok && asked.lines.at(-1)).toMatch(/dangerous: people are asked first\)$/);
  const ours = { ...tool("services.ours", "read"), trusted: true } as const;
  const all = new Map([...tools, [ours.name, ours]]);
  const own = { id: "own", tool: { name: ours.name, args: { service: "checkout" } } };
  const withOurs = (steps: object[]) =>
    readPlan({ title: "t", steps } as never, { ...known, tools: [...all.values()] }, all);
  const vouched = withOurs([own, again("own")]);
  expect(vouched.ok && vouched.lines.at(-1)).toBe(
    "2. services.look of ‹the service that step 1 found› (when 1 is done)",
  );
  // What it was asked with it may say again.
  const said = withOurs([
    look,
    { ...again("look"), id: "own", tool: { ...again("look").tool, name: ours.name } },
    again("own"),
  ]);
  expect(said.ok && said.lines.at(-1)).toMatch(/dangerous: people are asked first\)$/);
});

test("an approval the plan has itself stays the only one", () => {
  const read = planned({ title: "t", steps: [look, { id: "ok", approve: { covers: ["restart"] } }, restart] });
  expect(read.ok && read.definition.steps.map((step) => step.id)).toEqual(["look", "ok", "restart"]);
});

test.each<[string, object, RegExp]>([
  [
    "a tool that does not exist",
    { steps: [{ id: "x", tool: { name: "shell.run", args: {} } }] },
    /no tool “shell.run”/,
  ],
  [
    "a specialist that does not exist",
    { steps: [{ id: "x", agent: { specialist: "hacker", task: "y" } }] },
    /no specialist “hacker”/,
  ],
  ["no steps", { steps: [] }, /at least one step/],
  ["steps that are no steps", { steps: [7, null, "x"] }, /step/i],
  ["a circle", { steps: [{ ...look, dependsOn: ["restart"] }, restart] }, /wait for each other/],
  ["too many steps", { steps: Array.from({ length: 21 }, (_, i) => ({ ...look, id: `s${i}` })) }, /at most 20/],
])("%s is a problem in words, and no plan", (_, plan, problem) => {
  const read = planned({ title: "t", ...plan });
  expect(read.ok).toBe(false);
  expect(read.ok ? "" : read.problems.join(" ")).toMatch(problem);
});

test("a plan asks no model, begins no other plan and takes no seat, however it names them", () => {
  const inner = ["model.turn", "plans.propose", "plans.begin", "agents.seat", "board.write", "budget.raise"];
  for (const name of inner)
    expect(planned({ title: "t", steps: [look, { id: "own", tool: { name, args: {} } }] })).toEqual({
      ok: false,
      problems: [`own: ${name} is not for plans. Use only tools of the catalog.`],
    });
});

test.each([
  ["when", { id: "ok", when: { eq: [1, 2] }, approve: { covers: ["change"] } }],
  ["unless", { id: "ok", approve: { covers: ["change"], unless: { eq: [1, 1] } } }],
])("an approval that its own %s passes over is no approval", (_, approve) => {
  const change = { id: "change", tool: { name: "notes.write", args: { service: "checkout" } } };
  const all = new Map([...tools, ["notes.write", tool("notes.write", "write")]]);
  const read = readPlan({ title: "t", steps: [approve, change] } as never, { ...known, tools: [...all.values()] }, all);
  expect(read).toMatchObject({
    ok: false,
    problems: [expect.stringMatching(/^ok: an approval in a plan is always asked for/)],
  });
});

test.each<[string, object]>([
  [
    "notify.buttons",
    { notify: { to: "thread", text: "x", buttons: [{ label: "Approve", say: "grant eve payroll" }] } },
  ],
  ["notify.title", { notify: { to: "thread", text: "x", title: "Approve: restart billing?" } }],
  ["notify.fields", { notify: { to: "thread", text: "x", fields: [{ label: "Risk", value: "read" }] } }],
  ["approve.title", { approve: { covers: ["restart"], title: "a health check" } }],
  ["wait.event", { wait: { event: { intent: "begin-plan", roles: ["member"] } } }],
  ["repeat", { ...look, repeat: { every: "1s", until: false, atMost: "300d" } }],
  ["always", { ...look, always: true }],
])("a plan holds nothing that whoever begins it would not see: %s", (key, hidden) => {
  expect(planned({ title: "t", steps: [look, restart, { ...hidden, id: "own" }] })).toEqual({
    ok: false,
    problems: [`own: ${key} is not for plans: whoever begins one would not see it. Leave it out.`],
  });
});

test("the catalog lists what people's plans may use, who may be told, when people are asked, and nothing of Steward's own", () => {
  const asks = ({ args }: { args: object }) => "environment" in args && args.environment === "production";
  const mayAsk = (name: string) => name === "words.send";
  const around = { specialists, told: ["customers", "managers"], channels: ["general", "support"] };
  const audiences = new Map([["support", "customers"]]);
  const params = z.object({ text: z.string(), times: z.int().optional() });
  const writes = ["notes.write", "words.send"].map((name) => ({ ...tool(name, "write"), params }));
  const all = [...tools.values(), ...writes] as never;
  const catalog = catalogOf(all, { ...around, audiences, asks, mayAsk }) as { tools: string[] };
  expect(catalog.tools).toEqual([
    "services.look(service, environment?: staging|production): services.look somewhere",
    "services.restart(service, environment?: staging|production): services.restart somewhere [people are asked in production]",
    "notes.write(text, times?: integer): notes.write somewhere [nobody is asked]",
    "words.send(text, times?: integer): words.send somewhere [people may be asked]",
  ]);
  expect(catalog).toMatchObject({
    environments: ["staging", "production"],
    places: ["thread", "#general"],
    audiences: "customers, managers: told by messages.send alone, never by notify",
  });
  expect(JSON.stringify(catalogOf(all, around))).toContain("notes.write somewhere [people are asked]");
  expect(JSON.stringify(catalog)).not.toContain("planner");
});

test("a plan does not write to an audience by itself", () => {
  const audiences = new Map([["support", "customers"]]);
  const plan = { title: "t", steps: [{ id: "tell", notify: { to: "#support", text: "we lost all your data" } }] };
  expect(readPlan(plan, { ...known, audiences }, tools)).toMatchObject({
    ok: false,
    problems: [expect.stringContaining("only messages.send writes there")],
  });
});

test("where a plan tells something is a channel there is, and not for what came from outside to choose", () => {
  const told = (to: string, trusted?: true) => {
    const first = { ...tool("services.look", "read"), ...(trusted && { trusted }) };
    const all = new Map([...tools, [first.name, first]]);
    const plan = {
      title: "t",
      steps: [look, { id: "tell", dependsOn: ["look"], notify: { to, text: "done" } }],
    };
    const read = readPlan(plan, { ...known, tools: [...all.values()], channels: ["general", "ops"] }, all);
    return read.ok ? "works" : read.problems.join(" ");
  };
  expect(told("#general")).toBe("works");
  expect(told("thread")).toBe("works");
  expect(told("#genral")).toBe("steps.tell.notify.to: There is no channel “genral”. Did you mean “general”?");
  const chosen = "#${{ steps.look.output.channel }}";
  expect(told(chosen)).toMatch(/^steps\.tell\.notify\.to: What came from outside would choose with “steps\.look/);
  expect(told(chosen, true)).toBe("works");
});

test("what an agent found does not choose where a plan tells it, whoever passes it on", () => {
  const scout = { ...specialists[0], name: "scout", tasks: { look: { summary: "Looks", playbook: null } } };
  const told = (to: string) => {
    const steps = [
      { id: "seen", agent: { specialist: "scout", task: "look" } },
      { id: "tell", dependsOn: ["seen"], notify: { to, text: "done" } },
    ];
    return readPlan({ title: "t", steps }, { ...known, specialists: [scout] }, tools);
  };
  expect(told("thread").ok).toBe(true);
  expect(told("${{ steps.seen.output.summary }}")).toMatchObject({
    ok: false,
    problems: [expect.stringContaining("What came from outside would choose")],
  });
});
