import { DiscordAPIError, HTTPError, RateLimitError, type RawFile, REST } from "discord.js";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";

/** Discord's REST API, version 10, as the bot. Every failure is a Fault: "platform-refused" or, with retryAfterMs, "platform-busy". */
export interface Api {
  /** The SDK's client: the gateway asks it for its address. */
  readonly rest: REST;
  /** `route` begins with a slash. `open` is for interactions, whose own token is in the route. */
  call<T extends z.ZodType>(
    method: "get" | "post" | "put" | "patch" | "delete",
    route: `/${string}`,
    answer: T,
    more?: {
      readonly body?: unknown;
      /** Uploaded with the body, which refers to each by its name. */
      readonly files?: readonly RawFile[];
      readonly query?: Record<string, string>;
      readonly signal?: AbortSignal;
      readonly open?: boolean;
    },
  ): Promise<z.output<T>>;
}

const timeoutMs = 5000;

/** What Discord answers when it has no such thing, and others a caller treats apart. */
export const codes = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMember: 10007,
  unknownMessage: 10008,
  unknownUser: 10013,
  unknownInteraction: 10062,
  missingAccess: 50001,
  noDirectMessages: 50007,
  missingPermissions: 50013,
  archived: 50083,
  threadExists: 160004,
} as const;

/** An API over these settings. Nothing is tried twice here, and a rate limit is an answer, not a wait: the courier has its own patience. */
export function createApi(settings: { readonly token: string; readonly apiUrl: string }): Api {
  const rest = new REST({
    api: settings.apiUrl,
    version: "10",
    timeout: timeoutMs,
    retries: 0,
    rejectOnRateLimit: () => true,
  }).setToken(settings.token);
  return {
    rest,
    async call(method, route, answer, { body, files = [], query, signal, open } = {}) {
      if (signal?.aborted)
        throw new Fault("platform-busy", "The time for this call to Discord is over", {
          retryAfterMs: 1000,
          undone: true,
        });
      try {
        const got = await rest[method](route, {
          ...(body !== undefined && { body }),
          ...(files.length > 0 && { files: [...files] }),
          ...(query !== undefined && { query: new URLSearchParams(query) }),
          ...(signal !== undefined && { signal }),
          ...(open === true && { auth: false }),
        });
        const read = answer.safeParse(got);
        if (read.success) return read.data;
        throw new Fault(
          "platform-refused",
          `Discord answered ${method.toUpperCase()} ${nameOf(route)} with something else: ${z.prettifyError(read.error)}`,
        );
      } catch (error) {
        // After a 401 the SDK forgets the token and would refuse every later call by itself.
        rest.setToken(settings.token);
        throw faultOf(error, `${method.toUpperCase()} ${nameOf(route)}`);
      }
    },
  };
}

/** Discord's own code of a refusal, such as 10008 for an unknown message; null when this is none. */
export function codeOf(error: unknown): number | null {
  const cause = error instanceof Fault ? error.cause : null;
  return cause instanceof DiscordAPIError && typeof cause.code === "number" ? cause.code : null;
}

/** Resolves to null where Discord answers with one of these codes. */
export async function unless<T>(work: Promise<T>, ...allowed: readonly number[]): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (allowed.includes(codeOf(error) ?? Number.NaN)) return null;
    throw error;
  }
}

function faultOf(error: unknown, doing: string): Fault {
  if (error instanceof Fault) return error;
  const busy = (because: string, retryAfterMs: number, undone = false) =>
    new Fault("platform-busy", `Discord ${because} (${doing})`, { cause: error, retryAfterMs, undone });
  if (error instanceof RateLimitError) return busy("asks us to slow down", Math.max(error.retryAfter, 100), true);
  if (error instanceof DiscordAPIError || error instanceof HTTPError) {
    if (error.status >= 500 || error.status === 429)
      return busy(`is out of order: ${error.status}`, 3000, error.status === 429);
    // A token can be put right; what waits for it is not lost meanwhile.
    if (error.status === 401) return busy("does not know our token: check DISCORD_TOKEN", 60_000, true);
    const remedy = remedies[error instanceof DiscordAPIError ? Number(error.code) : 0];
    return new Fault("platform-refused", `Discord refused ${doing}: ${error.message}${remedy ? `. ${remedy}` : ""}`, {
      cause: error,
      undone: true,
    });
  }
  return busy("cannot be reached", 2000);
}

const remedies: Readonly<Record<number, string>> = {
  [codes.missingAccess]: "Let the bot's role see this channel.",
  [codes.missingPermissions]: "Give the bot's role the permissions that docs/discord.md lists.",
  [codes.noDirectMessages]: "This person takes no direct messages from members of the server.",
};

/** A route without the tokens of interactions, for messages and logs. */
function nameOf(route: string): string {
  return route.replace(/^(\/(?:interactions|webhooks)\/\d+\/)[^/]+/, "$1…");
}

/** The bot itself: its application, and the user it writes as. */
export interface Self {
  readonly applicationId: string;
  readonly userId: string;
  /** The application's flags: bits 18 and 19 are the Message Content intent. */
  readonly flags: number;
}

/** Asks who we are; one answer is kept for as long as the process lives. */
export function selfOf(api: Api): (signal?: AbortSignal) => Promise<Self> {
  let known: Self | null = null;
  return async (signal) => {
    if (known !== null) return known;
    const more = signal === undefined ? {} : { signal };
    const user = await api.call("get", "/users/@me", z.object({ id: z.string() }), more);
    const application = z.object({ id: z.string(), flags: z.number().default(0) });
    const { id, flags } = await api.call("get", "/applications/@me", application, more);
    known = { applicationId: id, userId: user.id, flags };
    return known;
  };
}
