import { describe, expect, test } from "vitest";
import { unfit } from "../../src/agents/communication-words.ts";
import { specialists } from "../../src/agents/index.ts";
import type { JsonObject } from "../../src/domain/json.ts";

const task = specialists.find(({ name }) => name === "communication")?.tasks["draft"];
const draft = (input: JsonObject, record: JsonObject, run: string | null = "R-ABC234") => {
  const report = task?.playbook?.report(input, { matter: { run }, record });
  expect(task?.report.safeParse(report).success).toBe(true);
  return report as { text: string; over: string | null; to: string; because: string; summary: string };
};

const incident = {
  run: "R-ABC234",
  title: "look into HighErrorRate of checkout in production",
  state: "waiting",
  startedAt: "2026-05-04T12:04:00.000Z",
  endedAt: null,
  service: { name: "checkout", environment: "production" },
  happened: [
    {
      at: "2026-05-04T12:06:00.000Z",
      kind: "found",
      text: "Most likely (97 %): version 1.4.3 on pod-7f9c4 broke it.",
      details: ["TypeError at pay (/srv/app/pay.ts:31)"],
    },
  ],
  open: ["Roll checkout back: waits for approval by Ben", "gather (data): running"],
};
const customers = { about: "R-ABC234", audience: "customers", to: "#support", words: "plain" };
const managers = { about: "R-ABC234", audience: "managers", to: "each alone", words: "full" };

describe("a draft without a model", () => {
  test("tells customers what they notice, and nothing internal", () => {
    expect(draft(customers, incident)).toMatchObject({
      text: "We have a problem with checkout: some of what you try may fail. We are working on it, and tell you here when it is over.",
      over: "The problem with checkout is over. We are sorry for the trouble.",
      to: "#support",
    });
    expect(draft({ ...customers, stage: "over" }, incident)).toMatchObject({
      text: "The problem with checkout is over. We are sorry for the trouble.",
      over: null,
    });
    for (const name of ["checkout-7", "db01.internal", "<!channel>", "api v2.3.1"]) {
      const { text, over } = draft(customers, { ...incident, service: { name, environment: "production" } });
      expect(text).toMatch(/^We have a problem with one of our services: /);
      expect([unfit(text, "plain"), unfit(over ?? "", "plain")]).toEqual([null, null]);
    }
  });

  test("tells customers nothing of what they do not use; colleagues are told all the same", () => {
    const staging = { ...incident, service: { name: "search", environment: "staging" } };
    expect(draft(customers, staging)).toMatchObject({
      text: null,
      over: null,
      because: "R-ABC234, look into HighErrorRate of checkout in production: customers do not use staging",
    });
    expect(draft(managers, staging).text).toMatch(/^R-ABC234, look into /);
  });

  test("tells colleagues how it stands, why, and what comes next", () => {
    expect(draft(managers, incident).text).toBe(
      "R-ABC234, look into HighErrorRate of checkout in production: it is under way, since 2026-05-04 12:04 UTC. Most likely (97 %): version 1.4.3 on pod-7f9c4 broke it. Next: Roll checkout back: waits for approval by Ben.",
    );
    const happened = [
      ...incident.happened,
      { at: "2026-05-04T12:07:00.000Z", kind: "approved", text: "Ben approved: Roll checkout back", details: [] },
      { at: "2026-05-04T12:08:00.000Z", kind: "done", text: "Roll checkout back", details: [] },
      { at: "2026-05-04T12:09:00.000Z", kind: "said", text: "Tell customers in #support", details: [] },
      { at: "2026-05-04T12:10:00.000Z", kind: "told", text: "alert: resolved, all is well", details: [] },
    ];
    expect(draft({ ...managers, stage: "over" }, { ...incident, happened, open: [] }).text).toBe(
      "R-ABC234, look into HighErrorRate of checkout in production: it is over after 6 minutes. Most likely (97 %): version 1.4.3 on pod-7f9c4 broke it. Ben approved: Roll checkout back.",
    );
  });

  test("of what somebody closed while it fired says to nobody that it is over", () => {
    const closed = "closed by Ben at 2026-05-04 12:30:07 UTC, while the alert still fired";
    const record = { ...incident, state: "completed", endedAt: "2026-05-04T12:30:08.000Z", closed, open: [] };
    expect(draft(customers, { ...record, fires: true }).text).toMatch(/^We have a problem with checkout: /);
    expect(draft(customers, { ...record, closed: null, fires: false }).text).toMatch(/^The problem .* is over\./);
    expect(draft({ ...managers, stage: "over", well: false }, incident).text).toMatch(
      /: it has not become well, and is watched no longer\. /,
    );
    for (const input of [managers, { ...managers, stage: "over" }])
      expect(draft(input, { ...record, fires: true }).text).toContain(`: it was ${closed}.`);
  });

  test("of what nothing on record is like is the asker's own words", () => {
    expect(draft({ ...managers, about: "the demo at noon" }, {}, null)).toMatchObject({
      text: "Please note: the demo at noon.",
      because: "from your own words, since nothing on record is like them",
    });
  });

  test.each([[{}], [{ title: 7, happened: "x", open: [null] }], [{ service: "x", happened: [null, { kind: 3 }] }]])(
    "of a record like %j is a draft all the same",
    (record) => {
      for (const input of [customers, managers, { ...customers, stage: "over" }])
        expect(unfit(draft(input, record).text, input.words === "full" ? "full" : "plain")).toBeNull();
    },
  );
});

describe("a model's draft", () => {
  const report = (more: object) => ({
    summary: "s",
    text: "All is well.",
    over: null,
    to: "#support",
    because: "b",
    ...more,
  });

  test.each([
    [{ to: "#general" }, "to must be “#support”, as you were given it."],
    [{ text: "Version 1.4.3 is broken." }, "It names a version, which these readers must not be told."],
    [{ text: "It failed at 10.0.0.7." }, "It names an address, which these readers must not be told."],
    [{ text: "See db01.internal." }, "It names a host, which these readers must not be told."],
    [{ text: "pod-7f9c4 fails." }, "It names a host or instance, which these readers must not be told."],
    [{ text: "TypeError: x is undefined" }, "It names an error of a program, which these readers must not be told."],
    [{ over: "Read /var/log/app.log" }, "It names a path, which these readers must not be told."],
    [{ text: "Log in at https://evil.example" }, "It names a link, which these readers must not be told."],
    [{ text: "<!channel> look" }, "It names a call to a whole channel, which these readers must not be told."],
    [{ text: "x".repeat(501) }, "It is longer than 500 characters."],
    [{ text: "We are on it; some payments fail." }, null],
    [{ text: null }, null],
  ])("%j", (more, wrong) => {
    expect(task?.check?.(customers, report(more) as never)).toBe(wrong);
  });

  test("of what somebody closed says nothing of an end", () => {
    const closed = { ...customers, words: "full", closedBy: "Ben" };
    for (const text of ["Checkout is now over it: it is over.", "Checkout was fixed.", "All is back to normal."])
      expect(task?.check?.(closed, report({ text }) as never)).toMatch(/^Ben closed it: say that/);
    for (const text of ["Ben closed it; the alert still fires.", "It is not over."])
      expect(task?.check?.(closed, report({ text }) as never)).toBeNull();
    const open = { ...closed, closedBy: null };
    expect(task?.check?.(open, report({ text: "It is over." }) as never)).toBeNull();
    expect(task?.check?.({ ...open, well: false }, report({ text: "It is over." }) as never)).toMatch(/^It did not/);
  });

  test("to colleagues may name what is inside, but calls nobody and links nowhere", () => {
    const full = { ...customers, words: "full" };
    expect(task?.check?.(full, report({ text: null }) as never)).toMatch(/^text is missing/);
    expect(task?.check?.(full, report({ text: "pod-7f9c4 runs 1.4.3." }) as never)).toBeNull();
    expect(task?.check?.(full, report({ text: "@here: www.evil.example" }) as never)).toMatch(/a link|a call/);
  });
});
