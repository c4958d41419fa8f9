import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { tasks } from "../../src/commands.ts";
import { compose } from "../../src/compose.ts";
import { noChat } from "../../src/config/chat-settings.ts";
import { preparedFolder } from "../support/fresh.ts";

let folder: string;
let shipped: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "steward-policies-"));
  await cp(await preparedFolder(), folder, { recursive: true });
  const source = await readFile(new URL("../../steward.yaml", import.meta.url), "utf8");
  shipped = source.replace(/^knowledge:.*$/m, "");
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** A Steward that was not started, on this steward.yaml. */
async function wired(yaml: string, mode: "trial" | "production" = "trial") {
  const configFile = join(folder, "steward.yaml");
  await writeFile(configFile, yaml);
  const webhooks = { alertmanagerToken: null, githubSecret: null };
  const settings = { port: 0, host: "127.0.0.1", databaseUrl: null, dataDir: folder, model: null, webhooks };
  return compose({ ...settings, configFile, mode, ...noChat }, (error) => {
    throw error;
  });
}

/** What a subcommand prints, and its exit code. */
async function run(name: string, steward: Awaited<ReturnType<typeof wired>>) {
  const lines: string[] = [];
  const code = await tasks[name]?.(steward, [], (line) => lines.push(line));
  return { code, lines };
}

test("a slip in a policy stops the start, with the line and what was probably meant", async () => {
  const slips: readonly (readonly [right: string, wrong: string, sentence: string])[] = [
    [
      "tool: directory.grant ",
      "tool: directory.grnt ",
      "there is no tool directory.grnt; did you mean directory.grant?",
    ],
    [
      "services.rollback, args: { environment: production",
      "service.rollback, args: { environment: production",
      "there is no tool service.rollback; did you mean services.rollback?",
    ],
    [
      "services.scale, args: { environment: production",
      "services.scale, args: { enviroment: production",
      "services.scale has no argument enviroment; did you mean environment?",
    ],
    [
      "services.restart, args: { environment: production",
      "services.restart, args: { environment: prod",
      "environment of services.restart is never prod; did you mean production?",
    ],
    [
      "role: security,",
      "role: secruity,",
      "nobody has the role secruity, and no group brings it; did you mean security?",
    ],
    [
      "audience: customers",
      "audience: custmers",
      "audience of messages.send is never custmers; did you mean customers?",
    ],
  ];
  const wrong = slips.reduce((yaml, [from, to]) => {
    expect(yaml).toContain(from);
    return yaml.replace(from, to);
  }, shipped);
  const { message } = await wired(wrong).then(
    () => new Error("It started."),
    (error: Error) => error,
  );
  const lineOf = (text: string) => wrong.split("\n").findIndex((line) => line.includes(text)) + 1;
  const said = message.split("\n");
  expect(said).toHaveLength(slips.length);
  for (const [, to, sentence] of slips) {
    const line = said.find((one) => one.endsWith(sentence));
    expect(line).toMatch(new RegExp(`^steward\\.yaml, line ${lineOf(to)}, policies`));
  }
});

test("what ships is right, in the trial and before any system is connected; the doctor says that it was read", async () => {
  const trial = await wired(shipped);
  try {
    expect(await run("doctor", trial)).toMatchObject({
      code: 0,
      lines: expect.arrayContaining([
        expect.stringMatching(
          /steward\.yaml: read; it names 5 people, 6 channels and 9 policies, and all they refer to is there\.$/,
        ),
      ]),
    });
    const complaint = vi.spyOn(console, "error").mockReturnValue();
    expect(await run("audit export", trial)).toMatchObject({
      code: 3,
      lines: [expect.any(String), expect.any(String)],
    });
    expect(complaint).toHaveBeenCalledExactlyOnceWith(`There is no record yet: not one entry in ${folder}.`);
    complaint.mockRestore();
    expect(await run("audit verify", trial)).toMatchObject({ code: 3 });
  } finally {
    await trial.close();
  }
  const bare = await wired(shipped, "production");
  try {
    expect((await run("doctor", bare)).lines).toContain(
      "- The policy “access grant” matches nothing now: no system that is connected offers directory.grant.",
    );
  } finally {
    await bare.close();
  }
});
