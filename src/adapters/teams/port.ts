import { ConfigurationBotFrameworkAuthentication } from "botbuilder";
import { Fault } from "../../domain/fault.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Cloud } from "./cloud.ts";
import { badSecretMs, networkMs, reach, sendRequest } from "./sending.ts";

/** A registered bot. */
export interface App {
  readonly id: string;
  readonly password: string;
  readonly tenantId: string;
}

/** A member of a conversation, as the Bot Connector lists them. */
export interface Member {
  readonly id: string;
  readonly aadObjectId: string | null;
  readonly tenantId: string | null;
  /** "user", "guest" or "anonymous"; null where it is not said. */
  readonly userRole: string | null;
  readonly userPrincipalName: string | null;
}

/** Where a call goes. */
export interface At {
  readonly serviceUrl: string;
  readonly signal: AbortSignal;
}

/**
 * The Bot Framework, as small as we use it. `botbuilder` 4.23.3 is its last release (support ended in December 2025), so
 * nothing but this file and its sending.ts may know that SDK; docs/decisions/0003-teams-sdk.md names the successor. No call is ever repeated here.
 * All throw Fault "platform-refused" for what will never work and "platform-busy" for what may.
 */
export interface TeamsPort {
  /**
   * Proves an Authorization header and returns the service URL that was signed for, before anybody reads the body.
   * Throws Fault "forged-request" for what was not signed for us, now, by the Bot Framework's key for Teams.
   */
  prove(authorization: string): Promise<string>;
  /** Begins a conversation; `activity` is null where none was sent with it. */
  begin(at: At, parameters: JsonObject): Promise<{ readonly conversation: string; readonly activity: string | null }>;
  /** Sends an activity and returns its id. */
  send(at: At, conversation: string, activity: JsonObject): Promise<string>;
  /** Changes an activity; false when it is not there. */
  update(at: At, conversation: string, id: string, activity: JsonObject): Promise<boolean>;
  /** Null when the user is not in the conversation. */
  member(at: At, conversation: string, userId: string): Promise<Member | null>;
  /** Gets a token with the app's secret, or throws what is wrong with it. */
  signIn(signal: AbortSignal): Promise<void>;
}

type Sdk = ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>;
type Credentials = NonNullable<Sdk[1]>;
type Connector = Awaited<
  ReturnType<ReturnType<ConfigurationBotFrameworkAuthentication["createConnectorFactory"]>["create"]>
>;

/** `app` is null for a local client that neither signs nor asks for tokens. */
export function createPort(app: App | null, cloud: Cloud): TeamsPort {
  const tokenOf = app === null ? null : tokens(app, cloud);
  const sdk = new ConfigurationBotFrameworkAuthentication(
    { ToBotFromChannelTokenIssuer: cloud.tokenIssuer, ToBotFromChannelOpenIdMetadataUrl: cloud.openIdUrl },
    credentials(app, tokenOf),
    { requiredEndorsements: [] },
    undefined,
    { httpClient: { sendRequest } },
  );
  const connectors = new Map<string, Promise<Connector>>();

  function connectorAt(serviceUrl: string): Promise<Connector> {
    if (!cloud.serves(serviceUrl))
      throw new Fault("platform-refused", `${serviceUrl} is no address of Microsoft Teams that we know`);
    const known = connectors.get(serviceUrl) ?? sdk.createConnectorFactory(ourselves(app)).create(serviceUrl, "");
    connectors.set(serviceUrl, known);
    return known;
  }

  return {
    async prove(authorization) {
      const claims = claimsOf(authorization);
      // The SDK would also take tokens of emulators and of other bots.
      if (claims?.["iss"] !== cloud.tokenIssuer)
        throw new Fault("forged-request", "The token was not issued by the Bot Framework");
      const serviceUrl = claims["serviceurl"];
      if (typeof serviceUrl !== "string") throw new Fault("forged-request", "The token names no service URL");
      try {
        await sdk.authenticateRequest({ channelId: "msteams", serviceUrl } as never, authorization);
        return serviceUrl;
      } catch (error) {
        const { message } = error as Error;
        if (isFailedFetch(error))
          throw new Fault("platform-busy", `The Bot Framework's keys cannot be fetched: ${message}`, {
            cause: error,
            retryAfterMs: networkMs,
          });
        throw new Fault("forged-request", `The token does not hold: ${message}`, { cause: error });
      }
    },

    async begin({ serviceUrl, signal }, parameters) {
      const { conversations } = await connectorAt(serviceUrl);
      const begun = await conversations.createConversation(parameters as never, { abortSignal: signal });
      return { conversation: begun.id, activity: begun.activityId ?? null };
    },

    async send({ serviceUrl, signal }, conversation, activity) {
      const { conversations } = await connectorAt(serviceUrl);
      return (await conversations.sendToConversation(conversation, activity, { abortSignal: signal })).id;
    },

    async update({ serviceUrl, signal }, conversation, id, activity) {
      const { conversations } = await connectorAt(serviceUrl);
      return unlessMissing(false, async () => {
        await conversations.updateActivity(conversation, id, { ...activity, id }, { abortSignal: signal });
        return true;
      });
    },

    async member({ serviceUrl, signal }, conversation, userId) {
      const { conversations } = await connectorAt(serviceUrl);
      return unlessMissing(null, async () => {
        const found = await conversations.getConversationMember(conversation, userId, { abortSignal: signal });
        return memberOf(JSON.parse(found._response.bodyAsText ?? "null"));
      });
    },

    async signIn(signal) {
      await tokenOf?.(signal);
    },
  };
}

/** A client-credentials token, kept until five minutes before it expires. */
function tokens(app: App, cloud: Cloud): (signal: AbortSignal | undefined) => Promise<string> {
  let kept: { readonly token: string; readonly until: number } | null = null;
  return async (signal) => {
    if (kept !== null && kept.until > Date.now()) return kept.token;
    const response = await reach(`${cloud.loginUrl}${app.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: app.id,
        client_secret: app.password,
        scope: `${cloud.scope}/.default`,
      }),
      ...(signal && { signal }),
    });
    const answer = (await response.json().catch(() => null)) as Readonly<Record<string, unknown>> | null;
    const token = answer?.["access_token"];
    if (!response.ok || typeof token !== "string")
      throw new Fault(
        "platform-busy",
        `Microsoft gives our bot no token (${response.status}: ${String(answer?.["error_description"] ?? answer?.["error"] ?? "no reason").slice(0, 200)})`,
        { retryAfterMs: response.status >= 500 ? networkMs : badSecretMs, undone: true },
      );
    kept = { token, until: Date.now() + (Number(answer?.["expires_in"]) - 300) * 1000 };
    return token;
  };
}

function credentials(app: App | null, tokenOf: ReturnType<typeof tokens> | null): Credentials {
  return {
    isValidAppId: async (id: string) => id === app?.id,
    isAuthenticationDisabled: async () => app === null,
    createCredentials: async () => ({
      async signRequest(request) {
        if (tokenOf !== null)
          request.headers.set(
            "authorization",
            `Bearer ${await tokenOf(request.abortSignal as AbortSignal | undefined)}`,
          );
        return request;
      },
    }),
  };
}

async function unlessMissing<T>(missing: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Fault && (error.cause as { status?: number } | undefined)?.status === 404) return missing;
    throw error;
  }
}

function memberOf(found: Readonly<Record<string, unknown>> | null): Member | null {
  if (found === null || typeof found["id"] !== "string") return null;
  const text = (name: string) => (typeof found[name] === "string" ? (found[name] as string) : null);
  return {
    id: found["id"],
    aadObjectId: text("aadObjectId") ?? text("objectId"),
    tenantId: text("tenantId"),
    userRole: text("userRole"),
    userPrincipalName: text("userPrincipalName"),
  };
}

/** What a token says of itself; believe none of it before it is proven. */
function claimsOf(authorization: string): Readonly<Record<string, unknown>> | null {
  const [, payload] = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(authorization) ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The keys come by `node-fetch`, whose failures have this name, and a status the SDK puts in its message. */
function isFailedFetch(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === "FetchError" || /^Failed to load/.test(message);
}

/** The SDK reads our app id out of the claims of whoever called; here nobody did. */
function ourselves(app: App | null): Parameters<ConfigurationBotFrameworkAuthentication["createConnectorFactory"]>[0] {
  return { getClaimValue: (type: string) => (type === "aud" ? (app?.id ?? null) : null) } as never;
}
