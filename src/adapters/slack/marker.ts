const eventType = "steward_message";

/** Message metadata by which a message of ours is found again. */
export function metadataOf(marker: string) {
  return { event_type: eventType, event_payload: { marker } };
}

/** The marker of a message as Slack gives it back: in its metadata or, while it is being written, in its task card. */
export function isMarked(
  message: { readonly metadata?: unknown; readonly blocks?: readonly object[] | undefined },
  marker: string,
): "whole" | "written" | null {
  const { event_type, event_payload } = (message.metadata ?? {}) as {
    event_type?: string;
    event_payload?: { marker?: unknown };
  };
  if (event_type === eventType && event_payload?.marker === marker) return "whole";
  const writes = (block: { type?: string; task_id?: string }) => block.type === "task_card" && block.task_id === marker;
  return message.blocks?.some(writes) ? "written" : null;
}
