import type { Reads } from "../../http/reads.ts";
import { readArtifact } from "../artifacts.ts";
import type { Queryable } from "../database.ts";
import { entries, streams } from "./entries.ts";
import { decisionsOf, gateById, openGates } from "./gates.ts";
import { runNamed, runsNamed } from "./record.ts";
import { remarksOn } from "./remarks.ts";
import { countRuns, listRuns } from "./run-list.ts";
import { runById } from "./runs.ts";
import { searchEntries } from "./search.ts";
import { boardOfRun, taskById, tasksOfRun } from "./tasks.ts";

/** What pages and REST read, straight from the tables, outside any transaction. Ids must be UUIDs. */
export function createReads(db: Queryable): Reads {
  return {
    runs: (query) => listRuns(db, query),
    countRuns: (query) => countRuns(db, query),
    run: (tenant, id) => runById(db, tenant, id),
    runNamed: (tenant, short) => runNamed(db, tenant, short),
    runsNamed: (tenant, shorts) => runsNamed(db, tenant, shorts),
    artifact: (tenant, runId, id) => readArtifact(db, tenant, runId, id),
    task: (tenant, id) => taskById(db, tenant, id),
    tasks: (tenant, runId) => tasksOfRun(db, tenant, runId),
    board: (tenant, runId) => boardOfRun(db, tenant, runId),
    openGates: (tenant, who) => openGates(db, tenant, who),
    gate: (tenant, id) => gateById(db, tenant, id),
    decisionsOf: (tenant, tokens) => decisionsOf(db, tenant, tokens),
    remarks: (tenant, gateId) => remarksOn(db, tenant, gateId),
    entries: (query) => entries(db, query),
    streams: (query) => streams(db, query),
    search: (query) => searchEntries(db, query),
  };
}
