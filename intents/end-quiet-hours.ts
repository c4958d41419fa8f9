import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

const more = "[(any more|anymore|any longer|now|today|tonight|please)]";

export const endQuietHours = defineIntent({
  name: "end-quiet-hours",
  summary: "Have no quiet hours any more",
  kind: "yourself",
  params: z.object({ hours: z.literal("off").default("off") }),
  phrases: [
    "end my quiet hours",
    `(end|stop|drop|cancel|delete|remove|disable|turn off|switch off) [(my|the)] quiet hours ${more}`,
    "(turn|switch) [(my|the)] quiet hours off",
    `no [more] quiet hours ${more}`,
    `I (want|need) no [more] quiet hours ${more}`,
    `I (do not|don't|dont) (want|need) [(any|my)] [more] quiet hours ${more}`,
    "you (can|may) disturb me [again]",
  ],
  examples: ["no quiet hours any more"],
});
