import { conceal } from "../../domain/conceal.ts";
import type { GuardedFetch } from "./guard.ts";

/** A way out whose answers come back without these secrets: what is quoted of them in an error or a result holds none. */
export function concealing(send: GuardedFetch, secrets: readonly string[]): GuardedFetch {
  return async (address, init) => {
    const answer = await send(address, init);
    const headers = new Headers([...answer.headers].map(([name, value]) => [name, conceal(value, secrets)]));
    const body = answer.body === null ? null : conceal(await answer.text(), secrets);
    return new Response(body, { status: answer.status, statusText: conceal(answer.statusText, secrets), headers });
  };
}
