import { Fault } from "../domain/fault.ts";
import { deriveId, newId } from "../domain/ids.ts";
import { canonical, type JsonObject } from "../domain/json.ts";
import type { Actor } from "../http/ports.ts";
import { keyName } from "../orchestrator/asker.ts";
import type { Steward } from "../steward.ts";
import type { Database } from "../store/database.ts";
import { findKey } from "../store/keys.ts";
import { type Definition, titleOf } from "../workflow/index.ts";

/** Begins a run that was asked for over REST, once for its key. Returns its id. Throws Fault("conflict") when the key began something else. */
export async function begin(
  { kernel, db, tenant }: Steward,
  start: Actor & {
    readonly definition: Definition;
    readonly input: JsonObject;
    readonly key: string;
    readonly priority?: string;
    /** Why, for those who are asked. */
    readonly reason?: string;
  },
  asked: JsonObject,
): Promise<string> {
  const { definition, input, by, keyId, key, priority, reason } = start;
  const { barred, ...requester } = by
    ? { id: by.id, name: by.name, barred: [by.id] }
    : await askingKey(db, tenant, keyId ?? "");
  const source = `api:${requester.id}`;
  const inboxId = newId();
  const runId = deriveId(inboxId, definition.name);
  const fresh = await kernel.do({
    tenant,
    actors: [],
    async run(batch) {
      const row = {
        id: inboxId,
        source,
        deliveryKey: key,
        kind: "event",
        personId: by?.id ?? null,
        body: canonical(asked),
        outcome: `run:${runId}`,
      };
      if (!(await batch.inbox(row))) return false;
      return kernel.beginRun(
        batch,
        {
          tenant,
          runId,
          definition,
          title: titleOf(definition, input, requester),
          input,
          requester,
          barred,
          place: null,
          ...(priority ? { priority } : {}),
          ...(reason ? { reason } : {}),
        },
        requester.id,
      );
    },
  });
  if (fresh) return runId;
  const [known] = await db.query<{ outcome: string; body: string }>(
    "select outcome, body from steward.inbox where tenant_id = $1 and source = $2 and delivery_key = $3",
    [tenant, source, key],
  );
  // What was erased since is not compared.
  if (known?.body && known.body !== canonical(asked))
    throw new Fault(
      "conflict",
      `The Idempotency-Key “${key}” began something else: every request needs one of its own.`,
    );
  return known?.outcome.replace("run:", "") ?? runId;
}

/** A key as whoever asks, "key ci (for Ben)": neither it nor whoever it is for may approve what it asks. */
async function askingKey(
  db: Database,
  tenant: string,
  id: string,
): Promise<{ readonly id: string; readonly name: string; readonly barred: readonly string[] }> {
  const { name, owner } = (await findKey(db, tenant, id)) ?? { name: id, owner: null };
  const barred = [`key:${id}`, ...(owner === null ? [] : [owner.id])];
  return { id: `key:${id}`, name: keyName(name, owner?.name ?? null), barred };
}
