import { type GateContext, gateOf } from "../machines/gate.ts";
import type { Steward } from "./compose.ts";
import { Fault } from "./domain/fault.ts";
import { deriveId, newId } from "./domain/ids.ts";
import { canonical, type JsonObject } from "./domain/json.ts";
import { mayAnswer } from "./gates/gates.ts";
import type { Act, Actor, Outcome, People, Ports, Press, Pressed } from "./http/ports.ts";
import { checkKey, keyIdOf, permits } from "./people/people.ts";
import { findKey } from "./store/keys.ts";
import { findButton } from "./store/messages.ts";
import { modelLedger } from "./store/model.ts";
import { createReads } from "./store/reads/reads.ts";
import { storyOf } from "./systems/record/story.ts";
import { spawn } from "./tasks.ts";
import { faultKinds } from "./trial/faults.ts";
import { checkInput, type Definition, nearName, titleOf } from "./workflow/index.ts";

const actions = {
  cancel: "run.cancel",
  pause: "run.pause",
  resume: "run.resume",
  skip: "run.resume",
  again: "run.again",
  settle: "run.settle",
  "start-run": "run.start",
  "see-runs": "run.read",
  "read-audit": "audit.read",
  "break-service": "trial.break",
} as const;

/** What the HTTP doors and the pages need, from the parts that have it. */
export function doorsOf(steward: Steward): Ports {
  const { kernel, db, tenant } = steward;
  const reads = createReads(db);
  const people: People = {
    person: (_tenant, id) => steward.person(id),
    all: () => steward.people(),
    permits: (person, action, about) =>
      permits(person, actions[action], { requesterId: about?.requesterId ?? null }).ok,
  };

  /** Whether this caller may do that to a run: keys with the scope may, people by their roles. */
  async function judge(runId: string, act: Act | "settle", { by }: Actor): Promise<Outcome | null> {
    const run = await reads.run(tenant, runId);
    if (!run) return { kind: "missing" };
    if (by === null) return null;
    const requester = run.requesterId ? await steward.person(run.requesterId) : null;
    const permission = permits(by, actions[act], {
      requesterId: run.requesterId,
      requesterManagerId: requester?.managerId ?? null,
    });
    if (permission.ok) return null;
    await kernel.do({
      tenant,
      actors: [],
      run: (batch) => batch.record("auth", "refused", by.id, { because: permission.because, act, run: runId }),
    });
    return { kind: "refused", because: permission.because, sentence: permission.sentence };
  }

  async function press(
    press: Press,
    found: { gateId: string; decision: "approve" | "deny" | "change"; messageId: string | null },
  ): Promise<Pressed> {
    try {
      await steward.freshenRoles(press.person.id);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const by = press.person.id;
      await steward.refuse({ tenant, stream: "auth", because: "standing-unknown", by, door: press.surface });
      const sentence = "Just now nobody can say which roles you hold, so nothing was decided. Try again in a minute.";
      return { kind: "refused", because: "not-yet", sentence };
    }
    const outcome = await kernel.press({
      tenant,
      gateId: found.gateId,
      answer: found.decision,
      values: press.values,
      reason: press.values["reason"]?.slice(0, 1000) ?? null,
      by: press.person.id,
      surface: press.surface,
      inbox: {
        id: newId(),
        source: "web-press",
        deliveryKey: `${press.person.id}:${press.deliveryKey}`,
        kind: "press",
        personId: press.person.id,
        body: canonical({ gate: found.gateId, decision: found.decision, values: press.values }),
        outcome: null,
      },
      conversationId: found.messageId ? await conversationOf(found.messageId) : null,
    });
    if (outcome.kind === "needs-change") return { kind: "form", fields: outcome.fields };
    return outcome.kind === "needs-reason"
      ? { kind: "form", fields: [{ name: "reason", label: "Why not? Whoever asked will see this.", required: true }] }
      : outcome;
  }

  /** Begins a run that was asked for over REST, once for its key. */
  async function begin(
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

  async function conversationOf(messageId: string): Promise<string | null> {
    const [row] = await db.query<{ id: string }>(
      "select conversation_id as id from steward.message where tenant_id = $1 and id = $2",
      [tenant, messageId],
    );
    return row?.id ?? null;
  }

  return {
    reads,
    spend: modelLedger(db),
    quiet: steward.quiet,
    people,
    story: storyOf,
    connectors: () =>
      steward.connectors.health().map(({ since, againAt, ...rest }) => ({
        ...rest,
        since: since?.toISOString() ?? null,
        againAt: againAt?.toISOString() ?? null,
      })),
    chat: steward.chat,
    intents: {
      all: () =>
        steward.intents
          .filter(({ answer, hidden }) => !answer && !hidden)
          .map(({ name, summary, examples }) => ({ name, summary, examples })),
    },
    runs: {
      async startByName({ name, context, by, keyId, key, priority }) {
        const definition =
          steward.definitions.get(name) ??
          steward.definitions.get(
            name
              .trim()
              .toLowerCase()
              .replace(/[\s_]+/g, "-"),
          );
        const names = [...steward.definitions.keys()];
        if (!definition) {
          const near = nearName(name, names);
          return { kind: "unknown", near: near === null ? names : [near] };
        }
        const checked = checkInput(definition.input, context);
        if (!checked.ok) return { kind: "invalid", problems: checked.problems };
        const requester = by ?? { id: `key:${keyId ?? ""}`, name: "" };
        const about = { tenant, content: definition, input: checked.input, requester, place: null };
        const objection = await steward.objection(about);
        if (objection !== null) return { kind: "invalid", problems: [objection] };
        const start = { definition, input: checked.input, by, keyId, key, ...(priority && { priority }) };
        return { kind: "started", runId: await begin(start, { name, context }) };
      },

      async control({ runId, act, ...actor }) {
        const judged = await judge(runId, act, actor);
        if (judged) return judged;
        const by = actor.by?.id ?? `key:${actor.keyId ?? ""}`;
        const run = await reads.run(tenant, runId);
        if (run?.done && act !== "again") return { kind: "done", sentence: `It has already ended: ${run.state}.` };
        if (act === "pause") await kernel.pause(tenant, runId, by);
        else if (act === "resume") await kernel.resume(tenant, runId, by);
        else if (act === "skip") {
          if (!(await kernel.skip(tenant, runId, by)))
            return { kind: "done", sentence: "It is not stuck, so there is nothing to skip." };
        } else if (act === "cancel")
          await kernel.cancel(tenant, runId, newId(), { id: by, name: actor.by?.name ?? by });
        else await kernel.mail(tenant, runId, `${act}:${newId()}`, { type: act, by: actor.by?.name ?? by }, by);
        const after = await reads.run(tenant, runId);
        const sentences: Record<Act, string> = {
          pause: "Paused. What runs now ends; nothing new begins until somebody resumes it.",
          resume: "It goes on.",
          skip: "What it was stuck on is put away, and it goes on.",
          cancel: `Cancelled; it is ${after?.state ?? "over"} now.`,
          again: after?.done
            ? "There is nothing to do again: only a run that failed can be taken up again."
            : "What failed is done again.",
        };
        return { kind: "done", sentence: sentences[act] };
      },

      async answer({ effectId, answer, ...actor }) {
        const [owner] = await db.query<{ runId: string }>(
          `select case a.machine when 'agent' then a.parent_id else a.id end as "runId"
           from steward.effect e join steward.actor a on a.tenant_id = e.tenant_id and a.id = e.actor_id
           where e.tenant_id = $1 and e.id = $2`,
          [tenant, effectId],
        );
        if (!owner) return { kind: "missing" };
        const judged = await judge(owner.runId, "settle", actor);
        if (judged) return judged;
        const settled = await kernel.settleDoubt(tenant, effectId, answer, actor.by?.id ?? `key:${actor.keyId ?? ""}`);
        return {
          kind: "done",
          sentence: settled ? "Noted; the run goes on with that." : "That question is no longer open.",
        };
      },
    },

    agents: {
      spawn: (wanted) =>
        spawn(steward.specialists, wanted, async ({ definition, ...start }) => {
          await steward.bring(definition);
          const { specialist, task, input } = wanted;
          return begin({ ...start, definition, input: {} }, { specialist, task, input });
        }),
      async control({ taskId, runId, act, ...actor }) {
        const judged = await judge(runId, act, actor);
        if (judged) return judged;
        const by = actor.by?.id ?? `key:${actor.keyId ?? ""}`;
        if ((await reads.task(tenant, taskId))?.done) return { kind: "done", sentence: "It has already ended." };
        if (act === "pause") await kernel.pause(tenant, taskId, by);
        else if (act === "resume") await kernel.resume(tenant, taskId, by);
        else await kernel.cancel(tenant, taskId, newId(), { id: by, name: actor.by?.name ?? by });
        const sentences = {
          pause: "Paused. What it asked for ends; it thinks no further until somebody resumes it.",
          resume: "It goes on.",
          cancel: "Stopped. Whoever gave it the task is told.",
        };
        return { kind: "done", sentence: sentences[act] };
      },
    },

    gates: {
      async press({ token, ...rest }) {
        const button = await findButton(db, tenant, token);
        return button ? press(rest, button) : { kind: "missing" };
      },
      decide: ({ gateId, answer, ...rest }) => press(rest, { gateId, decision: answer, messageId: null }),
      mayAnswer: (person, gate) =>
        mayAnswer(gateOf(gate.state as never, gate.context as unknown as GateContext), person),
    },

    audit: {
      async verify() {
        const { first, ...report } = await steward.verify();
        return { ...report, ...(first ? { first } : {}) };
      },
      async *export() {
        for await (const line of steward.exportAudit()) yield `${line}\n`;
      },
      refuse: (rejection) => steward.refuse(rejection),
    },

    health: {
      async components() {
        const storage = (await steward.alive()) ? "healthy" : "unhealthy";
        const sentence =
          storage === "healthy"
            ? {}
            : { sentence: "The database does not answer; nothing is acknowledged until it does." };
        const platforms = steward.platforms.flatMap(({ platform }) => {
          const state = platform.connection();
          return state === null ? [] : [[platform.adapter.platform, state]];
        });
        return {
          components: {
            coordinator: storage,
            agents: storage,
            storage,
            chat: storage,
            ...Object.fromEntries(platforms),
            ...Object.fromEntries(
              steward.connectors
                .health()
                .map(({ connector, state }) => [connector, state === "closed" ? "healthy" : "degraded"] as const),
            ),
          },
          ...sentence,
        };
      },
    },

    keys: {
      async bySecret(secret) {
        const id = keyIdOf(secret);
        const key = id ? await findKey(db, tenant, id) : null;
        const known =
          key !== null && !key.revoked && checkKey(secret, key, (key.scopes[0] ?? "workflows:read") as never).ok;
        return known ? { id: key.id, scopes: key.scopes } : null;
      },
    },

    trial: steward.trial === null ? null : trialDoors(steward, steward.trial),
  };
}

function trialDoors(steward: Steward, trial: NonNullable<Steward["trial"]>): NonNullable<Ports["trial"]> {
  const { tenant } = steward;
  return {
    faults: faultKinds,
    async overview() {
      const ailing = await trial.ailing(tenant);
      const services = await Promise.all(
        (await trial.services(tenant)).map(async ({ name, environment, version, fault, instances }) => {
          const { samples, logs } = await trial.page({ tenant, service: name, environment });
          return {
            name,
            environment,
            version,
            fault: fault?.kind ?? null,
            ails: ailing.find((one) => one.service === name && one.environment === environment)?.ails ?? [],
            instances,
            charts: [
              { label: "CPU, %", values: samples.map((sample) => sample.cpu) },
              { label: "Errors, %", values: samples.map((sample) => sample.errorRate) },
              { label: "Latency, ms", values: samples.map((sample) => sample.latencyMs) },
            ],
            log: logs.slice(0, 8),
          };
        }),
      );
      const names = new Map((await steward.people()).map(({ id, name }) => [id, name]));
      const grants = (await trial.grants(tenant)).map(({ person, resource, level, until }) => ({
        person,
        name: names.get(person) ?? person,
        resource,
        level,
        until,
      }));
      return { services, grants, issues: await trial.desk.issues(tenant) };
    },
    async break({ service, environment, fault, by }) {
      await trial.breakService({ tenant, service, environment: environment as never }, fault, by.id);
      return { sentence: `${service} in ${environment} has a ${fault} now.` };
    },
    async mend({ service, environment, by }) {
      await trial.mend({ tenant, service, environment: environment as never }, by.id);
      return { sentence: `${service} in ${environment} is well again.` };
    },
  };
}
