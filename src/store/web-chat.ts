import { newId } from "../domain/ids.ts";
import { canonical } from "../domain/json.ts";
import type { View } from "../messages/adapter.ts";
import type { ChannelMark, WebPost, WebPosts } from "../messages/web-posts.ts";
import { artifactOfMessage } from "./artifacts.ts";
import type { Database } from "./database.ts";

interface Row extends Omit<WebPost, "view"> {
  readonly view: string;
}

const columns = `id, channel, n::float8 as n, changed_n::float8 as changed, thread, from_id as "from", view, private_to as "privateTo"`;

function toPost(row: Row): WebPost {
  return { ...row, view: JSON.parse(row.view) as View };
}

/**
 * The web chat's tables. The channel's row is locked while a number is given and until the post that carries it is
 * committed, so numbers become visible in their order and whoever asks "after 7" misses nothing.
 */
export function createWebPosts(db: Database): WebPosts {
  async function one(where: string, values: readonly unknown[]): Promise<WebPost | null> {
    const [row] = await db.query<Row>(`select ${columns} from web_post where ${where}`, values);
    return row === undefined ? null : toPost(row);
  }
  const byMarker = (tenant: string, marker: string) => one("tenant_id = $1 and marker = $2", [tenant, marker]);

  return {
    byMarker,
    read: (tenant, id) => one("tenant_id = $1 and id = $2", [tenant, id]),

    async picture(tenant, { id, view: { picture } }) {
      // The post's marker is the id of the message that it shows.
      const [row] = await db.query<{ marker: string | null }>(
        "select marker from web_post where tenant_id = $1 and id = $2",
        [tenant, id],
      );
      return row?.marker == null || picture === undefined
        ? null
        : artifactOfMessage(db, tenant, row.marker, picture.artifact);
    },

    async channels(tenant) {
      return db.query<ChannelMark>(
        "select id, last_n::float8 as last from web_channel where tenant_id = $1 order by id",
        [tenant],
        "web-channels",
      );
    },

    async openChannels(tenant, names) {
      await db.query("insert into web_channel (tenant_id, id) select $1, unnest($2::text[]) on conflict do nothing", [
        tenant,
        names,
      ]);
    },

    async add(post) {
      const [row] = await db.query<Row>(
        `with channel as (update web_channel set last_n = last_n + 1 where tenant_id = $1 and id = $2 returning last_n)
         insert into web_post (tenant_id, channel, id, n, changed_n, thread, from_id, view, private_to, marker)
         select $1, $2, $3, last_n, last_n, $4, $5, $6, $7, $8 from channel
         on conflict (tenant_id, marker) where marker is not null do nothing
         returning ${columns}`,
        [post.tenant, post.channel, newId(), post.thread, post.from, canonical(post.view), post.privateTo, post.marker],
        "add-web-post",
      );
      if (row !== undefined) return toPost(row);
      return post.marker === null ? null : byMarker(post.tenant, post.marker);
    },

    async change(tenant, id, view) {
      const changed = await db.query(
        `with channel as (
           update web_channel c set last_n = c.last_n + 1 from web_post p
           where p.tenant_id = $1 and p.id = $2 and c.tenant_id = $1 and c.id = p.channel returning c.last_n)
         update web_post set view = $3, changed_n = channel.last_n from channel where tenant_id = $1 and id = $2 returning id`,
        [tenant, id, canonical(view)],
        "change-web-post",
      );
      return changed.length > 0;
    },

    async list({ tenant, channel, viewer, after, limit }) {
      const seen = `select ${columns} from web_post where tenant_id = $1 and channel = $2 and (private_to is null or private_to = $3)`;
      const rows =
        after === null
          ? (
              await db.query<Row>(`${seen} order by web_post.n desc limit $4`, [tenant, channel, viewer, limit])
            ).reverse()
          : await db.query<Row>(
              `${seen} and changed_n > $4::bigint order by changed_n limit $5`,
              [tenant, channel, viewer, after, limit],
              "web-posts-after",
            );
      return rows.map(toPost);
    },

    async isBetween(tenant, thread, one, other) {
      const rows = await db.query<{ from: string }>(
        'select distinct from_id as "from" from web_post where tenant_id = $1 and (id = $2 or thread = $2) and private_to is null limit 3',
        [tenant, thread],
      );
      return rows.length === 2 && rows.every(({ from }) => from === one || from === other);
    },
  };
}
