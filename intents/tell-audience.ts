import { z } from "zod";
import { audienceParam, defineIntent, textParam } from "../src/domain/intent.ts";

const whom =
  "[(the|our|all|all the|all our|everyone|everybody|everyone who is|everybody who is|whoever is)] {audience}";

export const tellAudience = defineIntent({
  name: "tell-audience",
  summary: "Tell an audience of steward.yaml something, once you have seen who that is",
  kind: "messages",
  params: z.object({ audience: audienceParam(), message: textParam("What should it say?") }),
  phrases: [
    `tell ${whom}: {message}`,
    `(tell|inform|notify) ${whom} about (it|this|that)`,
    `let ${whom} know about (it|this|that)`,
    `tell ${whom} [that] {message}`,
    `(inform|notify) ${whom} that {message}`,
    `let ${whom} know [that] {message}`,
    `(tell|inform|notify) ${whom}`,
    `let ${whom} know`,
  ],
  examples: ["tell managers: checkout is back"],
  twin: true,
  rest: "message",
});
