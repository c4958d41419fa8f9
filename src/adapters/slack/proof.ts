import { isValidSlackRequest } from "@slack/bolt";
import type { Delivery } from "../../messages/adapter.ts";

/** Older than this, or as far in the future, is not believed: a recorded request cannot be sent again later. */
const believedMs = 5 * 60_000;

/**
 * Whether an HTTP request was signed with our signing secret, a moment ago by the door's clock. Null when it was,
 * otherwise why not. Follows https://docs.slack.dev/authentication/verifying-requests-from-slack.
 */
export function doubtOf(delivery: Delivery & { body: string }, signingSecret: string | null): string | null {
  if (signingSecret === null) return "There is no SLACK_SIGNING_SECRET here, so no HTTP request can be Slack's";
  const signature = delivery.headers["x-slack-signature"] ?? "";
  const written = delivery.headers["x-slack-request-timestamp"] ?? "";
  if (!/^\d{1,12}$/.test(written) || signature === "") return "The request is not signed";
  const seconds = Number(written);
  if (Math.abs(delivery.at.getTime() - seconds * 1000) > believedMs)
    return "The request was signed more than five minutes away from now";
  const valid = isValidSlackRequest({
    signingSecret,
    body: delivery.body,
    headers: { "x-slack-signature": signature, "x-slack-request-timestamp": seconds },
    nowMilliseconds: delivery.at.getTime(),
  });
  return valid ? null : "The signature does not fit the request: it is not Slack's, or SLACK_SIGNING_SECRET is wrong";
}
