import { beforeAll, expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { readArtifact } from "../../src/store/artifacts.ts";
import type { Database } from "../../src/store/database.ts";
import { analysisTools } from "../../src/systems/analysis/tools.ts";
import { openWithTenant } from "../messages/database.ts";

const [run, task, other] = [newId(), newId(), newId()];
const artifact = newId();
let db: Database;

beforeAll(async () => {
  db = await openWithTenant();
  for (const [id, parent] of [
    [run, null],
    [task, run],
    [other, null],
  ])
    await db.query(
      `insert into steward.actor (tenant_id, id, machine, machine_version, seq, head, snapshot, state, name, created_at, updated_at, short, parent_id)
       values ('default', $1, 'plan', 1, 0, '', '{}', 'running', 'x', steward.now(), steward.now(), 'R-ABCDEF', $2)`,
      [id, parent],
    );
  const deploys = { deploys: [] };
  await db.query("insert into steward.artifact (tenant_id, id, actor_id, body) values ('default', $1, $2, $3)", [
    artifact,
    task,
    JSON.stringify(deploys),
  ]);
});

function rank(runId: string, evidence: JsonObject, tenant = "default") {
  const [tool] = analysisTools((...which) => readArtifact(db, ...which));
  if (!tool) throw new Error("no tool");
  const args: unknown = tool.params.parse({
    service: "checkout",
    environment: "production",
    startedAt: null,
    evidence,
  });
  const [effectId, signal] = [newId(), new AbortController().signal];
  return tool.run({
    tenant,
    args,
    effectId,
    actorId: runId,
    runId,
    requesterId: null,
    signal,
    progress: () => undefined,
  });
}

test("evidence may be an artifact of the run or of a task of it", async () => {
  expect(await rank(run, { deploys: { artifact, bytes: 14 } })).toMatchObject({ action: "none" });
});

test.each([
  ["another run", () => [other, artifact, "default"]],
  ["another tenant", () => [run, artifact, "elsewhere"]],
  ["nobody", () => [run, newId(), "default"]],
])("an artifact of %s is not read", async (_, which) => {
  const [runId = "", id = "", tenant] = which();
  await expect(rank(runId, { deploys: { artifact: id, bytes: 14 } }, tenant)).rejects.toMatchObject({
    code: "not-found",
  });
});
