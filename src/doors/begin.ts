import { deriveId, newId } from "../domain/ids.ts";
import { canonical, type JsonObject } from "../domain/json.ts";
import type { Actor } from "../http/ports.ts";
import type { Steward } from "../steward.ts";
import { type Definition, titleOf } from "../workflow/index.ts";

/** Begins a run that was asked for over REST, once for its key. Returns its id. */
export async function begin(
  { kernel, db, tenant }: Steward,
  start: Actor & {
    readonly definition: Definition;
    readonly input: JsonObject;
    readonly key: string;
    readonly priority?: string;
  },
  asked: JsonObject,
): Promise<string> {
  const { definition, input, by, keyId, key, priority } = start;
  const requester = by ? { id: by.id, name: by.name } : { id: `key:${keyId ?? ""}`, name: `key ${keyId ?? ""}` };
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
          barred: [requester.id],
          place: null,
          ...(priority ? { priority } : {}),
        },
        requester.id,
      );
    },
  });
  if (fresh) return runId;
  const [known] = await db.query<{ outcome: string }>(
    "select outcome from steward.inbox where tenant_id = $1 and source = $2 and delivery_key = $3",
    [tenant, source, key],
  );
  return known?.outcome.replace("run:", "") ?? runId;
}
