import { Fault } from "../../domain/fault.ts";
import type { Connection } from "../../messages/platform.ts";
import type { TeamsPort } from "./port.ts";

/** Says from how the last calls went whether Teams is there. */
export function watch() {
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
