import { Fault } from "../../domain/fault.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Delivery, View } from "../../messages/adapter.ts";
import type { ChatPlatform, Connection, Intake, PlatformParts, Taken } from "../../messages/platform.ts";
import { type Activity, type Proof, readActivity } from "./activity.ts";
import { createAdapter } from "./adapter.ts";
import { type Cloud, localCloud, publicCloud } from "./cloud.ts";
import { senderOf } from "./parse.ts";
import type { App, TeamsPort } from "./port.ts";
import { createReferences } from "./references.ts";
import { activityOf, invokeCard, invokeError, invokeSentence } from "./render.ts";
import { createSpeaker } from "./speaker.ts";
import { createStanding } from "./standing.ts";

/** Bytes of a request. An activity with a text of 40,000 characters has half of that. */
const largestBody = 512_000;
const patienceMs = 10_000;
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Microsoft Teams. `app` is null only in trial mode: then a local client may speak to us unsigned, from this machine.
 * The SDK is loaded on the first delivery or message, because it takes a second.
 */
export function createTeams(
  { app }: { readonly app: App | null },
  parts: PlatformParts,
  cloud: Cloud = app === null ? localCloud : publicCloud,
): ChatPlatform {
  const { tenant, address, onError } = parts;
  const expected = { app, cloud };
  const references = createReferences(parts.memory, tenant);
  const watched = watch();
  let loading: Promise<TeamsPort> | null = null;
  const port = () => {
    loading ??= import("./port.ts").then(({ createPort }) => watched.over(createPort(app, cloud)));
    return loading;
  };
  const speaker = createSpeaker({ port, references, serviceUrl: cloud.serviceUrl });
  const adapter = createAdapter({ expected, speaker, references, address });
  const whispers = new Set<Promise<void>>();
  let stopped = false;

  async function receive(request: Request, intake: Intake): Promise<Response> {
    if (request.method !== "POST") return problem(405, "Teams sends activities here with POST", { allow: "POST" });
    if (stopped) return problem(503, "Steward is stopping: send it again", { "retry-after": "5" });
    const proof = await prove(request);
    const text = proof.kind === "none" ? null : await textOf(request, largestBody);
    if (proof.kind !== "none" && text === null) return problem(413, `An activity has at most ${largestBody} bytes`);
    const delivery: Delivery = {
      tenant,
      at: new Date(),
      headers: {},
      body: { proof, activity: text === null ? null : jsonOf(text) },
    };
    const read = readActivity(delivery, expected);
    if (read.kind === "activity") await references.learn(read.activity);
    const taken = await intake.take(delivery);
    if (proof.kind === "none") return problem(401, "No.");
    if (taken.kind === "forged") return problem(403, "No.");
    if (read.kind !== "activity") return problem(400, read.because);
    if (read.activity.type === "invoke") return Response.json(await invokeAnswer(taken, intake));
    await whisper(taken, read.activity, intake);
    return Response.json({}, { status: 200 });
  }

  async function prove(request: Request): Promise<Proof> {
    if (app === null) return localProof(request);
    const authorization = request.headers.get("authorization");
    if (authorization === null) return { kind: "none", because: "The request has no Authorization header" };
    try {
      return { kind: "signed", serviceUrl: await (await port()).prove(authorization) };
    } catch (error) {
      if (error instanceof Fault && error.code === "forged-request") return { kind: "none", because: error.message };
      throw error;
    }
  }

  async function invokeAnswer(taken: Taken, intake: Intake): Promise<JsonObject> {
    switch (taken.kind) {
      case "stored":
        return invokeSentence("Steward is on it.");
      case "silent":
        return invokeSentence("There is nothing to do.");
      case "form":
        return invokeCard({ view: await formView(taken, intake), form: taken.form, address });
      case "unsupported":
        return invokeError(400, taken.because);
      case "forged":
        return invokeError(403, "No.");
      default:
        return invokeSentence(taken.sentence);
    }
  }

  /** The card the form is about, as far as it is still known, with the button that sends it. */
  async function formView({ form }: Extract<Taken, { kind: "form" }>, intake: Intake): Promise<View> {
    const view = await intake.cardOf(tenant, form.token);
    const pressed = view?.buttons?.find((button) => "token" in button && button.token === form.token);
    const button = { label: pressed?.label ?? "Send", style: pressed?.style ?? "primary", token: form.token } as const;
    return { ...(view ?? { text: form.title }), buttons: [button] };
  }

  /** What a message cannot be answered with in place, its author reads in their personal chat. It is said at most once. */
  async function whisper(taken: Taken, activity: Activity, intake: Intake): Promise<void> {
    const by = senderOf(activity);
    if (by === null || !("sentence" in taken || taken.kind === "form")) return;
    const drawing =
      taken.kind === "form"
        ? { view: await formView(taken, intake), form: taken.form, address }
        : { view: { text: taken.sentence }, address };
    const said = speaker
      .whisper(by.userId, activityOf(drawing), AbortSignal.timeout(patienceMs))
      .then(() => {}, onError)
      .finally(() => whispers.delete(said));
    whispers.add(said);
  }

  return {
    adapter,
    standing: createStanding({ port, references }),
    doors: [
      {
        path: "/api/messages",
        handle: (request, intake) =>
          receive(request, intake).catch((error: unknown) => {
            if (!(error instanceof Fault) || (error.retryAfterMs === null && error.code !== "store-unavailable"))
              throw error;
            onError(error);
            return problem(503, "This could not be kept: send it again", { "retry-after": "5" });
          }),
      },
    ],
    async start() {},
    async stop() {
      stopped = true;
      await Promise.all(whispers);
    },
    connection: watched.connection,
    async examine() {
      if (app === null) return [];
      const missing: string[] = [];
      try {
        await (await port()).signIn(AbortSignal.timeout(patienceMs));
      } catch (error) {
        missing.push(
          `${(error as Error).message}: check TEAMS_APP_ID, TEAMS_APP_PASSWORD (the secret's value, not its id; it expires) and TEAMS_TENANT_ID.`,
        );
      }
      if ((await references.service()) === null)
        missing.push(
          "Nothing has come from Teams yet: set the bot's messaging endpoint to https://YOUR-HOST/api/messages, install the app, and write to it once.",
        );
      return missing;
    },
  };
}

/** Says from how the last calls went whether Teams is there. */
function watch() {
  let state: Connection = "healthy";
  const note =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        const result = await call(...args);
        state = "healthy";
        return result;
      } catch (error) {
        if (error instanceof Fault && error.code === "platform-busy")
          state = (error.retryAfterMs ?? 0) >= 60_000 ? "unhealthy" : "degraded";
        throw error;
      }
    };
  return {
    connection: () => state,
    over: (port: TeamsPort): TeamsPort => ({
      prove: port.prove,
      begin: note(port.begin),
      send: note(port.send),
      update: note(port.update),
      member: note(port.member),
      signIn: note(port.signIn),
    }),
  };
}

/** A page of another site must not speak for a local client: browsers name their origin and cannot send JSON unasked. */
function localProof({ headers }: Request): Proof {
  const because =
    headers.has("origin") || headers.has("x-forwarded-for") || headers.has("forwarded")
      ? "An unsigned activity comes directly from a program on this machine"
      : !loopback.test(headers.get("host") ?? "")
        ? "An unsigned activity is sent to localhost"
        : !/^application\/json\b/i.test(headers.get("content-type") ?? "")
          ? "An activity is application/json"
          : null;
  return because === null ? { kind: "local" } : { kind: "none", because };
}

/** Null when it is longer than that many bytes. */
async function textOf(request: Request, longest: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > longest) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { status, detail },
    { status, headers: { "content-type": "application/problem+json", ...headers } },
  );
}
