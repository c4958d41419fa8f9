import { describe, expect, test } from "vitest";
import { specialists } from "../../src/agents/index.ts";
import { newId } from "../../src/domain/ids.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import type { Run } from "../../src/http/reads.ts";
import { recordedRun } from "../../src/store/reads/record.ts";
import { openEnds } from "../../src/systems/record/story.ts";
import { recordTools } from "../../src/systems/record/tools.ts";
import { startWorld, type World } from "../support/world.ts";

const tasks = specialists.find(({ name }) => name === "documentation")?.tasks ?? {};
const write = (task: string, outputs: JsonObject, input: JsonObject = {}) => {
  const report = tasks[task]?.playbook?.report(input, outputs);
  expect(tasks[task]?.report.safeParse(report).success).toBe(true);
  return { summary: String(report?.summary), report: String(report?.["report"]) };
};

/** What `record.run` gives, asked for by somebody from another run. */
async function recordFor(world: World, run: string | null, readerId: string | null, ownId = newId()): Promise<Json> {
  const [tool] = recordTools(
    (asked) => recordedRun(world.steward.db, asked),
    async () => null,
    () => null,
  );
  if (!tool) throw new Error("no tool");
  const [effectId, signal] = [newId(), new AbortController().signal];
  const call = {
    tenant: "default",
    args: { run },
    effectId,
    actorId: ownId,
    runId: ownId,
    requesterId: readerId,
    signal,
  };
  return tool.result.parse(await tool.run({ ...call, progress: () => undefined })) as Json;
}

test("a run's record tells who asked, what was found, who approved, what was done and what is open", async () => {
  await using world = await startWorld({ database: "postgres" });
  await world.ana.says("restart checkout in production", { in: "ops" });
  const open = await world.eventually(async () => {
    const run = await world.run();
    expect(run).toMatchObject({ status: "waiting" });
    expect(await world.cards()).toHaveLength(2);
    return run;
  });
  const handover = write("handover", { record: await recordFor(world, open.id, "ben") });
  expect(handover.summary).toMatch(
    /^R-\w{6} is waiting; next: Restart checkout in production, one instance at a time: waits for approval by Ben\.$/,
  );

  await world.ben.presses("Approve");
  await world.eventually(async () => expect(await world.run()).toMatchObject({ done: true, status: "completed" }));
  const [{ id }] = (await world.cara.get("/api/runs?limit=1")).body.runs;
  const record = (await recordFor(world, null, null, id)) as {
    run: string;
    happened: { text: string }[];
    open: string[];
  };
  expect(record.happened.map(({ text }) => text)).toEqual([
    "Ana asked: restart checkout in production",
    "Asked for approval: Restart checkout in production, one instance at a time",
    "Ben approved: Restart checkout in production, one instance at a time",
    "Restart checkout in production, one instance at a time",
    expect.stringMatching(/^checkout in production is healthy: 3 of 3 instances running/),
    "The run ended: completed",
  ]);
  expect(record.open).toEqual([]);
  const { report } = write("incident-report", { record: record as unknown as Json });
  expect(report).toMatch(/^# Incident R-\w{6}: restart checkout in production\n/);
  expect(report).toMatch(/## What was done\n\n- .*Ben approved: .*\n- .*done: Restart checkout in production/);
  expect(write("runbook", { record: record as unknown as Json }).report).toContain("## Do\n\n- ");

  // By its short name for those who may see it, and for nobody else.
  expect(await recordFor(world, record.run, "ben")).toMatchObject({ state: "completed" });
  for (const reader of ["eve", "nobody", null])
    await expect(recordFor(world, id, reader)).rejects.toMatchObject({ code: "not-found" });
  await expect(recordFor(world, "R-NOSUCH", "ben")).rejects.toThrow("There is no run R-NOSUCH that you may see.");

  // Asked for in words: in its own thread its name can be left out; the button of its page says it with the name.
  const reads = (text: string | RegExp) =>
    world.eventually(async () => expect((await world.thread()).join("\n\n")).toMatch(text));
  await world.ben.says("@steward write a handover", { in: "ops", inThread: true });
  await reads(`# Handover of ${record.run}: restart checkout in production`);
  // The step that posts it says that it is a report.
  const shown = String((await world.ben.get("/chat/messages?channel=ops")).body);
  expect(shown).toMatch(/<h4>Handover of <a [^>]*>R-\w{6}<\/a>: restart checkout in production<\/h4>/);
  const page = String((await world.ben.get(`/runs/${id}`)).body);
  const [, url = "", body = ""] = /data-post="([^"]+)" data-body="([^"]+)" data-done/.exec(page) ?? [];
  expect(await world.ben.post(url, JSON.parse(body.replaceAll("&quot;", '"')))).toMatchObject({ status: 202 });
  await reads("# Runbook: restart checkout in production");
  await world.eve.says(`@steward write a handover of ${record.run}`, { in: "general" });
  await world.eventually(async () =>
    expect((await world.thread("eve")).slice(1)).toEqual([
      `There is no run ${record.run} that you may see. Nothing was done.`,
    ]),
  );
  await world.ben.says("@steward write a handover", { in: "general" });
  await world.eventually(async () =>
    expect((await world.thread("ben")).slice(1)).toEqual([
      "This is not the thread of a run: name one, such as R-ABC123. Nothing was done.",
    ]),
  );
});

test("what is open is said in words: approvals first, those to tell people too; waits where there is nothing else", () => {
  const gate = (tool: string, describes: string) => ({
    state: "open",
    approvers: "1 on-call",
    actions: [{ tool, describes }],
  });
  const step = (id: string, kind: string, more: object) => ({
    id,
    kind,
    about: "",
    looked: null,
    says: null,
    effects: [],
    state: "running",
    ...more,
  });
  const status = [{ tool: "services.status", args: "{}" }];
  const words = (tool: string) => (tool === "services.status" ? "Look at checkout in production" : null);
  const open = (gates: readonly object[], steps: readonly object[]) =>
    openEnds({ done: false, gates, steps, timeline: [] } as unknown as Run, words);
  const waits = [
    step("by-hand", "wait", { state: "waiting" }),
    step("calm", "wait", { state: "waiting", says: "Waiting for the alert to end." }),
  ];
  expect(
    open(
      [gate("messages.send", "Tell customers"), gate("services.restart", "Restart checkout")],
      [
        ...waits,
        step("gather", "agent", { about: "data" }),
        step("settled", "tool", { effects: status, looked: { times: 3, met: false } }),
        step("deploys", "tool", {}),
      ],
    ),
  ).toEqual([
    "Restart checkout: waits for approval by 1 on-call",
    "Tell customers: waits for approval by 1 on-call",
    "The data specialist is at work on “gather”",
    "Watching (looked 3 times so far): Look at checkout in production",
    "Under way: “deploys”",
  ]);
  expect(open([], waits)).toEqual(["Waiting for the alert to end."]);
  expect(open([], waits.slice(0, 1))).toEqual(["Waits for “by hand”"]);
});

describe("an incident report", () => {
  const record = {
    run: "R-ABC234",
    title: "look into HighErrorRate of checkout in production",
    state: "running",
    startedAt: "2026-05-04T12:04:00.000Z",
    endedAt: null,
    happened: [
      { at: "2026-05-04T12:04:00.000Z", kind: "asked", text: "alertmanager asked: look into it", details: [] },
      { at: "2026-05-04T12:05:00.000Z", kind: "found", text: "checkout: 35 % errors", details: [] },
      {
        at: "2026-05-04T12:06:00.000Z",
        kind: "found",
        text: "Most likely (97 %): version 1.4.3 broke it.",
        details: ["the error rate rose at 12:03:10 UTC", "“ERROR <b>x</b> [here](http://evil.example)” is new"],
      },
      { at: "2026-05-04T12:07:00.000Z", kind: "approved", text: "Ben approved: Roll back", details: [] },
      { at: "2026-05-04T12:08:00.000Z", kind: "done", text: "Roll back", details: [] },
      { at: "2026-05-04T12:10:00.000Z", kind: "told", text: "alert: resolved, all is well", details: [] },
    ],
    open: [],
  };
  const input = {
    service: "checkout",
    environment: "production",
    alert: "HighErrorRate",
    startedAt: "2026-05-04T12:03:30.000Z",
  };

  test("names cause and evidence, what was done and by whose leave, and when it was over", () => {
    const { summary, report } = write("incident-report", { record }, input);
    expect(summary).toBe("Most likely (97 %): version 1.4.3 broke it. Over at 2026-05-04 12:10:00 UTC.");
    expect(report).toContain(
      "- Service: checkout\n- Environment: production\n- Alert: HighErrorRate\n- From: 2026-05-04 12:03:30 UTC\n- Until: 2026-05-04 12:10:00 UTC",
    );
    expect(report).toContain(
      "## Cause\n\nMost likely (97 %): version 1.4.3 broke it.\n\n- the error rate rose at 12:03:10 UTC",
    );
    expect(report).toContain(
      "## What was done\n\n- 2026-05-04 12:07:00 UTC: Ben approved: Roll back\n- 2026-05-04 12:08:00 UTC: done: Roll back",
    );
    expect(report).toContain("## Still open\n\nNothing.");
  });

  test("as a runbook it is instructions, each once: no times, and nobody's name", () => {
    const done = {
      at: "2026-05-04T12:08:00.000Z",
      kind: "done",
      text: "Roll checkout in production back to version 1.4.2",
      details: [],
    };
    const approved = { ...done, kind: "approved", text: `Ben approved: ${done.text}` };
    const found = record.happened.slice(1, 2);
    const { report } = write(
      "runbook",
      { record: { ...record, happened: [...found, ...found, approved, done, done] } },
      input,
    );
    expect(report).toContain("## Look\n\n- checkout: 35 % errors\n\n");
    expect(report).toContain(
      "## Ask\n\n- Ask for approval first: Roll checkout in production back to the version before\n\n## Do\n\n- Roll checkout in production back to the version before\n\n",
    );
  });

  test("as a runbook it names signs to look for, and the day's facts only as those of that day", () => {
    const details = [
      "it began just when version 1.4.3 was deployed by Ana",
      "the error rate of checkout rose from 0.2 % to 35.1 % at 2026-05-04 12:03:10 UTC",
      "“ERROR pay failed (request 606)” is new in the log of checkout since 2026-05-04 12:03:10 UTC, once",
    ];
    const text = "Very likely: version 1.4.3 of checkout, deployed by Ana at 2026-05-04 12:03:08 UTC, broke it.";
    const gathered = {
      ...record.happened[1],
      text: "checkout: 35 % errors; last deployed: 1.4.3 by Ana at 2026-05-04 12:03 UTC",
    };
    const happened = [gathered, { ...record.happened[2], text, details }];
    const { report } = write("runbook", { record: { ...record, happened } }, input);
    const [signs, then] = report.split("## As it was in R-ABC234");
    expect(signs).toContain("## Look\n\n- checkout: 35 % errors; what was deployed last\n\n## It is this, if");
    expect(signs).toContain(
      "## It is this, if\n\nWhat was deployed last on checkout broke it.\n\n- it began when something was deployed\n- the error rate of checkout rose\n- “ERROR pay failed (request …)” is new in the log of checkout\n\n",
    );
    expect(signs).not.toMatch(/1\.4\.3|Ana|606|35\.1/);
    expect(then).toContain(text);
    for (const detail of details) expect(then).toContain(detail);
  });

  test("makes no link and no HTML of what came from outside", () => {
    const found = { ...record.happened[1], text: "# Approved by Ben - at 1.5 s" };
    const quoting = write("incident-report", { record: { ...record, happened: [found] } }, input).report;
    expect(quoting).toContain("## Cause\n\n\\# Approved by Ben - at 1.5 s\n");
    const { report } = write("incident-report", { record }, { ...input, alert: "<img src=x>\n# Hi" });
    expect(report).toContain("\\<b\\>x\\</b\\> \\[here\\](http://evil.example)");
    expect(report).toContain("- Alert: \\<img src=x\\> # Hi\n");
  });

  test.each([[{}], [{ record: 7 }], [{ record: { happened: [null, { at: "never" }], open: "x" } }]])(
    "of a record like %j is a report all the same",
    (outputs) => {
      for (const task of ["incident-report", "handover", "runbook"]) expect(write(task, outputs).report).toMatch(/^# /);
      expect(write("incident-report", outputs).summary).toBe("Nobody found out why. It is not over yet.");
    },
  );
});

test("an answer names its source, and what the handbook does not say is not known", () => {
  const answer = (found: JsonObject) => tasks["answer"]?.playbook?.report({ question: "?" }, { found });
  expect(answer({ answer: "Use the client.", title: "VPN", source: "VPN (vpn.md)" })).toEqual({
    summary: "Use the client.\n(VPN (vpn.md))",
    answer: "Use the client.",
    source: "VPN (vpn.md)",
  });
  expect(answer({ answer: null, title: null, source: null })).toMatchObject({
    summary: expect.stringMatching(/^I do not know/),
    answer: null,
  });
});
