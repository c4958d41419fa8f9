import { SimpleShardingStrategy } from "@discordjs/ws";

/** What we have to reach inside a shard for. */
interface Inside {
  connection: { on(event: "error", handle: () => void): void; terminate(): void } | null;
  internalConnect(): Promise<void>;
}

const patienceMs = 2000;

/**
 * The SDK's own connection, made so that it can be stopped at any moment. As it is (@discordjs/ws 1.2.3), a shard stopped
 * while it connects ends the process with an uncaught error when that fails, one stopped between two tries goes on
 * trying for ever, and a dead line is waited for half a minute.
 */
export class StoppableShards extends SimpleShardingStrategy {
  override async destroy(options?: Parameters<SimpleShardingStrategy["destroy"]>[0]): Promise<void> {
    const { shards: all } = this as unknown as { readonly shards: ReadonlyMap<number, Inside> };
    const shards = [...all.values()];
    for (const shard of shards) {
      shard.internalConnect = () => Promise.resolve();
      shard.connection?.on("error", () => undefined);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([super.destroy(options), late]);
    clearTimeout(timer);
    for (const shard of shards) shard.connection?.terminate();
  }
}
