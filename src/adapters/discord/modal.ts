import { ComponentType } from "discord.js";
import type { Form } from "../../messages/platform.ts";
import { plain } from "./text.ts";

/** Discord's limits on a modal. */
const limits = { title: 45, fields: 5, label: 45, value: 4000 } as const;

/** A modal that asks for these values; null when the form has more than Discord can ask. */
export function modal(form: Form): object | null {
  if (form.fields.length === 0 || form.fields.length > limits.fields) return null;
  return {
    custom_id: form.token,
    title: plain(form.title, limits.title),
    components: form.fields.map(({ name, label, required, value, longest }) => ({
      type: ComponentType.Label,
      label: plain(label, limits.label),
      component: {
        type: ComponentType.TextInput,
        custom_id: name,
        style: 2,
        required,
        max_length: Math.min(longest, limits.value),
        ...(value !== undefined && { value: value.slice(0, Math.min(longest, limits.value)) }),
      },
    })),
  };
}
