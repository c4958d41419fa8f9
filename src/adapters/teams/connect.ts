import { Fault } from "../../domain/fault.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Delivery } from "../../messages/adapter.ts";
import type { ChatPlatform, Form, Intake, OwnAnswer, PlatformParts, Taken } from "../../messages/platform.ts";
import { type Activity, type Proof, readActivity } from "./activity.ts";
import { createAdapter } from "./adapter.ts";
import { type Cloud, localCloud, publicCloud } from "./cloud.ts";
import { carriedBy, pageOf } from "./pages.ts";
import { isToUs, pressedOn, refreshedOn, senderOf } from "./parse.ts";
import type { App, TeamsPort } from "./port.ts";
import { createReferences } from "./references.ts";
import { activityOf, cardOf, invokeCard, invokeError, invokeSentence, messageOf } from "./render.ts";
import { createSpeaker } from "./speaker.ts";
import { createStanding } from "./standing.ts";
import { watch } from "./watch.ts";

/** Bytes of a request. An activity with a text of 40,000 characters has half of that. */
const largestBody = 512_000;
const patienceMs = 10_000;

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
  const home = app === null ? null : { serviceUrl: cloud.serviceUrl, bot: `28:${app.id}`, workspace: app.tenantId };
  const speaker = createSpeaker({ port, references, home });
  const adapter = createAdapter({ expected, speaker, references, address });
  const asides = new Set<Promise<void>>();
  let stopped = false;

  async function receive(request: Request, intake: Intake): Promise<Response> {
    if (stopped) throw new Fault("platform-busy", "Steward is stopping: send it again", { retryAfterMs: 5_000 });
    const proof = await prove(request);
    const activity = proof.kind === "none" ? null : await jsonOf(request);
    const delivery: Delivery = { tenant, at: new Date(), headers: {}, body: { proof, activity } };
    const read = readActivity(delivery, expected);
    if (read.kind === "activity") {
      await references.learn(read.activity);
      const answer = (await pageFor(read.activity, intake)) ?? (await ownDrawing(read.activity, intake));
      if (answer !== null) return Response.json(answer);
    }
    const taken = await intake.take(delivery);
    if (proof.kind === "none") throw new Fault("unauthorized", "No.");
    if (taken.kind === "forged") throw new Fault("forbidden", "No.");
    if (read.kind !== "activity") throw new Fault("bad-request", read.because);
    if (read.activity.type === "invoke") return Response.json(await invokeAnswer(taken, read.activity, intake));
    await whisper(taken, read.activity, intake);
    return Response.json({});
  }

  async function prove(request: Request): Promise<Proof> {
    if (app === null) return { kind: "local" };
    const authorization = request.headers.get("authorization");
    if (authorization === null) return { kind: "none", because: "The request has no Authorization header" };
    try {
      return { kind: "signed", serviceUrl: await (await port()).prove(authorization) };
    } catch (error) {
      if (error instanceof Fault && error.code === "forged-request") return { kind: "none", because: error.message };
      throw error;
    }
  }

  /** Somebody turns a page of a card that is too long: reading decides nothing, so it is answered at once. */
  async function pageFor(activity: Activity, intake: Intake): Promise<JsonObject | null> {
    const { page = null, deciding = [] } = carriedBy(pressedOn(activity)) ?? {};
    const [first] = deciding;
    const by = senderOf(activity);
    if (page === null || first === undefined || by === null) return null;
    const view = await intake.cardOf(tenant, by, first.token);
    const answer = view === null ? null : pageOf(view, page, deciding);
    if (activity.type === "invoke") return answer === null ? invokeSentence("This card is gone.") : invokeCard(answer);
    if (answer !== null) aside(activity, messageOf(answer, `Page ${page}`));
    return {};
  }

  /** Teams asks for a card as somebody should see it: with their buttons, or what they have answered. */
  async function ownDrawing(activity: Activity, intake: Intake): Promise<JsonObject | null> {
    const { deciding = [] } = carriedBy(refreshedOn(activity)) ?? {};
    const [first] = deciding;
    const by = senderOf(activity);
    if (first === undefined || by === null) return null;
    const card = await intake.cardOf(tenant, by, first.token);
    const own = await intake.answerOf(tenant, by, first.token);
    if (card === null || own === null) return invokeError(403, "Steward does not know you, or this card is gone.");
    if (card.outcome !== undefined) return invokeCard(cardOf({ view: card, address }));
    const view = own.mayAnswer ? { ...card, buttons: deciding } : card;
    return invokeCard(cardOf({ view, yours: howItStands(own), viewers: [activity.from.id], address }));
  }

  async function invokeAnswer(taken: Taken, activity: Activity, intake: Intake): Promise<JsonObject> {
    switch (taken.kind) {
      case "stored":
        return invokeSentence("Steward is on it.");
      case "silent":
        return invokeSentence("There is nothing to do.");
      case "form":
        return invokeCard(await formCard(taken.form, activity, intake));
      case "unsupported":
        return invokeError(400, taken.because);
      case "forged":
        return invokeError(403, "No.");
      default:
        return invokeSentence(taken.sentence);
    }
  }

  /** The card once more, with what has to be filled in, and all its buttons: whoever opened it can also turn back. */
  async function formCard(form: Form, activity: Activity, intake: Intake): Promise<JsonObject> {
    const by = senderOf(activity);
    const view = (by && (await intake.cardOf(tenant, by, form.token))) ?? { text: form.title };
    const send = { label: form.title, style: "primary", token: form.token } as const;
    const { deciding = [] } = carriedBy(pressedOn(activity)) ?? {};
    const buttons = deciding.some(({ token }) => token === form.token) ? deciding : [send];
    return cardOf({ view: { ...view, buttons }, form, address });
  }

  /** What a message cannot be answered with in place, its author reads in their personal chat. */
  async function whisper(taken: Taken, activity: Activity, intake: Intake): Promise<void> {
    if (taken.kind === "form")
      aside(activity, messageOf(await formCard(taken.form, activity, intake), taken.form.title));
    else if ("sentence" in taken) aside(activity, activityOf({ view: { text: taken.sentence }, address }));
    else if (taken.kind === "unsupported" && activity.type === "message" && isToUs(activity))
      aside(activity, activityOf({ view: { text: `${taken.because}.` }, address }));
  }

  /** Says something to whoever did this, alone, and at most once. */
  function aside(activity: Activity, message: JsonObject): void {
    const by = senderOf(activity);
    if (by === null) return;
    const said = speaker
      .whisper(by.userId, message, AbortSignal.timeout(patienceMs))
      .then(() => {}, onError)
      .finally(() => asides.delete(said));
    asides.add(said);
  }

  return {
    adapter,
    standing: createStanding({ port, references }),
    doors: [{ path: "/api/messages", unproven: app === null, handle: receive }],
    async start() {},
    async stop() {
      stopped = true;
      await Promise.all(asides);
    },
    connection: () => (app === null ? null : watched.connection()),
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

function howItStands({ answered, mayAnswer }: OwnAnswer): string {
  if (answered === "approve") return "You approved this; others still have to answer.";
  if (answered === "deny") return "You denied this.";
  return mayAnswer ? "This waits for your answer." : "You may not answer this any more.";
}

/** Null for what is no JSON. Throws Fault "too-large" before more than that was read. */
async function jsonOf(request: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > largestBody) throw new Fault("too-large", `An activity has at most ${largestBody} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}
