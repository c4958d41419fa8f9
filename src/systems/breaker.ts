import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import { Fault } from "../domain/fault.ts";
import { type AnyTool, withAround } from "../domain/tool.ts";

/** How a connector has been doing, for the health page and the doctor. */
export interface ConnectorHealth {
  readonly connector: string;
  /** What people call it: "Jira at acme.atlassian.net"; absent where that is the same. */
  readonly name?: string;
  readonly state: "closed" | "open" | "half-open";
  /** Since when it is not closed. */
  readonly since: Date | null;
  /** When the next call is let through, where calls are turned away now. */
  readonly againAt: Date | null;
  /** What went wrong last, in the connector's own words. */
  readonly because: string | null;
}

export interface Breaker {
  /** The same tool; what it does against the outside passes through this breaker. */
  guard(tool: AnyTool): AnyTool;
  health(): ConnectorHealth;
}

/**
 * Stops asking a system that does not answer. After `failures` calls in a row that got no answer, calls are turned away at
 * once for `restMs` milliseconds; then one is let through, and what becomes of it decides. A system that answers "no" is
 * well. Each process counts for itself.
 */
export function createBreaker(
  connector: string,
  { failures = 5, restMs = 30_000, name }: { failures?: number; restMs?: number; name?: string | undefined } = {},
): Breaker {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: restMs, breaker: new ConsecutiveBreaker(failures) });
  let openedAt: Date | null = null;
  let since: Date | null = null;
  policy.onBreak(() => {
    openedAt = new Date();
    since ??= openedAt;
  });
  policy.onReset(() => {
    openedAt = null;
    since = null;
  });
  const againAt = () => (openedAt === null ? null : new Date(openedAt.getTime() + restMs));
  const because = () => {
    const last = policy.lastFailure;
    return last && "error" in last ? (last.error as Error).message : null;
  };

  async function pass<R>(work: () => Promise<R>): Promise<R> {
    try {
      const outcome = await policy.execute(() =>
        work().then(
          (value) => ({ value }),
          (error: unknown) => {
            if (isAnswer(error)) return { error };
            throw error;
          },
        ),
      );
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new Fault("platform-busy", turnedAway(name ?? connector, since, againAt(), because()), {
        cause: error,
        retryAfterMs: Math.max(1000, (againAt()?.getTime() ?? 0) - Date.now()),
        undone: true,
      });
    }
  }

  return {
    guard(tool) {
      const { find, pin, dryRun } = tool;
      const guarded = withAround(tool, async (go, call) => {
        try {
          return await pass(() => Promise.race([go(), aborted(call.signal)]));
        } catch (error) {
          // Also the call that opened it says so: the next ones may be other people's.
          if (policy.state === CircuitState.Open)
            call.progress(turnedAway(name ?? connector, since, againAt(), because()));
          throw error;
        }
      });
      return {
        ...guarded,
        ...(find ? { find: (call) => pass(() => find.call(tool, call)) } : {}),
        ...(pin ? { pin: (call) => pass(() => pin.call(tool, call)) } : {}),
        ...(dryRun ? { dryRun: (call) => pass(() => dryRun.call(tool, call)) } : {}),
      };
    },
    health: () => ({
      connector,
      ...(name !== undefined && { name }),
      state: states[policy.state] ?? "open",
      since,
      againAt: policy.state === CircuitState.Open ? againAt() : null,
      because: policy.state === CircuitState.Closed ? null : because(),
    }),
  };
}

const states: Readonly<Record<number, ConnectorHealth["state"]>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
};

/** The other side was there and said no, or the call was wrong: nothing that waiting would mend. */
function isAnswer(error: unknown): boolean {
  return error instanceof Fault && error.retryAfterMs === null;
}

function turnedAway(connector: string, since: Date | null, againAt: Date | null, because: string | null): string {
  const when = `since ${timeOf(since)}, and is asked again at ${timeOf(againAt)}`;
  const why = because === null ? "" : ` Last: ${because}`;
  return `${connector} has not been answering ${when}; until then nothing is sent to it.${why}`;
}

function timeOf(at: Date | null): string {
  return at === null ? "an unknown time" : `${at.toISOString().slice(11, 19)} UTC`;
}

/** Rejects when the call is given up. A tool that goes on silently counts as one that gave no answer. */
function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error("no answer in time"));
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  promise.catch(() => undefined);
  return promise;
}
