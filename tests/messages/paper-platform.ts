import { Fault } from "../../src/domain/fault.ts";
import { newId } from "../../src/domain/ids.ts";
import type { Place } from "../../src/domain/incoming.ts";
import type { Picture } from "../../src/domain/picture.ts";
import type { ChatAdapter, Delivery, Parsed, Reach, View } from "../../src/messages/adapter.ts";
import { withPicture } from "../../src/messages/pictures.ts";

export interface PaperPost {
  readonly ref: string;
  readonly place: Place;
  readonly marker: string;
  readonly privateTo: string | null;
  view: View;
  picture: Picture | null;
  /** How often it was drawn. */
  drawn: number;
}

/**
 * A whole chat platform on paper. Unlike the web chat it does not notice a marker it has seen, posts again when told to
 * again, and can be down, refuse words, or be told what to do in the middle of a post.
 */
export class PaperPlatform implements ChatAdapter {
  readonly platform = "slack" as const;
  readonly posts: PaperPost[] = [];
  readonly finds: string[] = [];
  pace = { burst: 10_000, everyMs: 1 };
  down: Fault | null = null;
  refuses: (view: View) => boolean = () => false;
  takesPictures = true;
  duringPost: (view: View) => Promise<void> = async () => {};

  parse(delivery: Delivery): Parsed {
    const by = { platform: this.platform, workspace: "W", userId: delivery.headers["user"] ?? "" };
    const body = delivery.body as Record<string, string> & { values?: Record<string, string> };
    if (by.userId === "") return { kind: "forged", because: "No user signed this sheet" };
    if (body["press"] !== undefined)
      return {
        kind: "press",
        press: {
          tenant: delivery.tenant,
          deliveryKey: body["id"] ?? "",
          by,
          token: body["press"],
          values: body.values ?? {},
        },
      };
    if (body["text"] === undefined) return { kind: "unsupported", because: "This sheet has no text" };
    const place = { platform: this.platform, channel: "paper", thread: body["thread"] ?? body["id"] ?? "" };
    const kind = body["text"].startsWith("/") ? "command" : "message";
    const said = {
      source: "slack",
      deliveryKey: body["id"] ?? "",
      kind,
      personId: null,
      text: body["text"].replace(/^\/\w+ /, ""),
      place,
    } as const;
    return { kind: "incoming", by, incoming: { tenant: delivery.tenant, addressed: kind === "command", ...said } };
  }

  post(asked: View, place: Place, marker: string, reach: Reach): Promise<string> {
    return withPicture(asked, reach, async (view, picture) => {
      await this.#draw(view, picture);
      if (place.channel !== "paper")
        throw new Fault("platform-refused", `There is no channel ${place.channel} on paper`);
      const ref = newId();
      this.posts.push({ ref, place, marker, privateTo: reach.privateTo, view, picture, drawn: 1 });
      return ref;
    });
  }

  replace(ref: string, asked: View, reach: Reach): Promise<void> {
    return withPicture(asked, reach, async (view, picture) => {
      await this.#draw(view, picture);
      const post = this.posts.find((each) => each.ref === ref);
      if (post === undefined) throw new Fault("platform-refused", `There is no sheet ${ref}`);
      post.view = view;
      post.picture = picture;
      post.drawn++;
    });
  }

  async find(marker: string): Promise<string | null> {
    this.finds.push(marker);
    return this.posts.find((each) => each.marker === marker)?.ref ?? null;
  }

  threadOf(ref: string): string {
    return ref;
  }

  async tokensOf(ref: string): Promise<readonly string[]> {
    return tokens(this.posts.find((each) => each.ref === ref)?.view);
  }

  texts(): string[] {
    return this.posts.map((each) => each.view.text);
  }

  async #draw(view: View, picture: Picture | null): Promise<void> {
    await this.duringPost(view);
    if (picture !== null && !this.takesPictures)
      throw new Fault("platform-refused", "Paper takes no pictures", { undone: true });
    if (this.down !== null) throw this.down;
    if (this.refuses(view)) throw new Fault("platform-refused", `Paper does not take “${view.text}”`);
  }
}

/** The tokens on a view's buttons, in order. */
export function tokens(view: View | undefined): string[] {
  return view?.buttons?.flatMap((button) => ("token" in button ? [button.token] : [])) ?? [];
}
