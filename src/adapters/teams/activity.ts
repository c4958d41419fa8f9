import { z } from "zod";
import type { Delivery } from "../../messages/adapter.ts";
import type { Cloud } from "./cloud.ts";

/** How a request was proven before its body was read: by a signature for this service URL, or by coming from this machine. */
export type Proof =
  | { readonly kind: "signed"; readonly serviceUrl: string }
  | { readonly kind: "local" }
  | { readonly kind: "none"; readonly because: string };

/** What our door hands over as a delivery's body. */
export interface Envelope {
  readonly proof: Proof;
  /** The request's JSON; null where it was not read. */
  readonly activity: unknown;
}

/** What an activity is judged by. */
export interface Expected {
  /** Null: a local client, any tenant of its own. */
  readonly app: { readonly id: string; readonly tenantId: string } | null;
  readonly cloud: Pick<Cloud, "serves">;
}

const id = z.string().min(1).max(500);
const account = z.object({
  id,
  name: z.string().nullish(),
  aadObjectId: z.string().max(100).nullish(),
  role: z.string().nullish(),
});

const activity = z.object({
  type: z.string().max(100),
  id: id.nullish(),
  name: z.string().max(200).nullish(),
  channelId: z.string(),
  serviceUrl: z.string().max(1000),
  from: account,
  recipient: account,
  conversation: z.object({ id, conversationType: z.string().nullish(), tenantId: z.string().nullish() }),
  channelData: z.object({ tenant: z.object({ id: z.string() }).nullish() }).nullish(),
  text: z.string().nullish(),
  entities: z.array(z.unknown()).nullish(),
  attachments: z.array(z.object({ contentType: z.string() })).nullish(),
  value: z.unknown().optional(),
});

/** An activity of the Bot Framework, as far as we read it. https://github.com/microsoft/Agents/blob/main/specs/activity/protocol-activity.md */
export type Activity = z.output<typeof activity> & {
  /** The Microsoft 365 tenant it happened in. */
  readonly workspace: string;
  /** The conversation's id without the thread. */
  readonly channel: string;
  /** The id of the message that began the thread; "" where the conversation has no threads. */
  readonly thread: string;
};

export type Read =
  | { readonly kind: "activity"; readonly activity: Activity }
  | { readonly kind: "unsupported" | "forged"; readonly because: string };

/** Reads an envelope and judges whether this activity may speak to us at all. */
export function readActivity({ body }: Pick<Delivery, "body">, { app, cloud }: Expected): Read {
  const { proof, activity: json } = body as Envelope;
  if (proof.kind === "none") return { kind: "forged", because: proof.because };
  if (proof.kind === "local" && app !== null)
    return { kind: "forged", because: "A bot that is registered takes only what Microsoft signed" };
  const read = activity.safeParse(json);
  if (!read.success)
    return {
      kind: "unsupported",
      because: `This is no activity we know: ${z.prettifyError(read.error).slice(0, 500)}`,
    };
  const found = read.data;
  if (found.channelId !== "msteams")
    return { kind: "forged", because: `The activity is of channel "${found.channelId.slice(0, 50)}", not of Teams` };
  if (proof.kind === "signed" && found.serviceUrl !== proof.serviceUrl)
    return { kind: "forged", because: "The activity names another service URL than the one that was signed for" };
  if (!cloud.serves(found.serviceUrl))
    return {
      kind: "forged",
      because: `${found.serviceUrl.slice(0, 200)} is no address of Microsoft Teams that we know`,
    };
  const tenants = [found.channelData?.tenant?.id, found.conversation.tenantId].filter((each) => each != null);
  if (app !== null && (tenants.length === 0 || tenants.some((each) => each !== app.tenantId)))
    return { kind: "forged", because: "The activity is of another Microsoft 365 tenant than TEAMS_TENANT_ID" };
  if (app !== null && found.recipient.id !== `28:${app.id}`)
    return { kind: "forged", because: "The activity is for another bot than TEAMS_APP_ID" };
  const [channel = "", messageId] = found.conversation.id.split(";messageid=");
  const inChannel = found.conversation.conversationType === "channel";
  const thread = inChannel ? (messageId ?? found.id ?? "") : "";
  return { kind: "activity", activity: { ...found, workspace: tenants[0] ?? "", channel, thread } };
}
