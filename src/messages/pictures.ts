import { Fault } from "../domain/fault.ts";
import type { Picture } from "../domain/picture.ts";
import type { Reach, View } from "./adapter.ts";

/** A view in words alone: what its picture shows stands among its fields, with the way to where it is to be seen. */
export function inWords({ picture, ...view }: View): View {
  if (picture === undefined) return view;
  const { alt, page } = picture;
  const fields = [...(view.fields ?? []), { label: "Picture", value: alt }];
  return { ...view, fields, ...(view.link === undefined && page !== undefined && { link: page }) };
}

/**
 * Shows a view with its picture. Where there is none to be had, or the platform refuses the message with it, the view is
 * shown in words: no message is lost because of its picture.
 */
export async function withPicture<T>(
  view: View,
  { picture }: Reach,
  show: (view: View, picture: Picture | null) => Promise<T>,
): Promise<T> {
  const drawn = view.picture === undefined ? null : ((await picture?.()) ?? null);
  if (drawn === null) return show(inWords(view), null);
  try {
    return await show(view, drawn);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "platform-refused" || !error.undone) throw error;
    return show(inWords(view), null);
  }
}
