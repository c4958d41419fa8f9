import { randomUUID } from "node:crypto";

/** A user of the tenant, or of another one. */
export interface User {
  readonly name: string;
  /** Teams' own name of them: 29:... */
  readonly id: string;
  readonly aadObjectId: string;
  readonly tenantId: string;
  readonly userRole: "user" | "guest" | "anonymous";
  readonly userPrincipalName: string;
}

export interface Room {
  readonly id: string;
  readonly type: "channel" | "personal" | "groupChat";
  readonly members: ReadonlySet<User>;
}

// biome-ignore lint/suspicious/noExplicitAny: activities and cards are whatever was sent
export type Loose = any;

export interface Shown {
  readonly id: string;
  readonly room: Room;
  /** The message that began the thread; null for one that stands by itself. */
  readonly thread: string | null;
  readonly from: User | "bot";
  activity: Loose;
  /** What an invoke was answered with, for whoever pressed, until the message is edited. */
  readonly own: Map<User, Loose>;
}

/** Everything Teams keeps: who is where, and what was said. */
export class Rooms {
  readonly users: User[] = [];
  readonly rooms = new Map<string, Room>();
  readonly shown: Shown[] = [];
  #clock = 1_700_000_000_000;

  user(name: string, tenantId: string, userRole: User["userRole"] = "user"): User {
    const aadObjectId = randomUUID();
    const guest = userRole === "guest" ? "#EXT#" : "";
    const userPrincipalName = `${name}${guest}@example.com`;
    const user = {
      name,
      id: `29:1${name}-${aadObjectId.slice(0, 8)}`,
      aadObjectId,
      tenantId,
      userRole,
      userPrincipalName,
    };
    this.users.push(user);
    return user;
  }

  room(type: Room["type"], members: readonly User[]): Room {
    const tail = randomUUID().replaceAll("-", "");
    const id = { channel: `19:${tail}@thread.tacv2`, groupChat: `19:${tail}@thread.v2`, personal: `a:1${tail}` }[type];
    const room = { id, type, members: new Set(members) };
    this.rooms.set(id, room);
    return room;
  }

  /** The personal chat of somebody with the bot. */
  chatWith(user: User): Room {
    const known = [...this.rooms.values()].find((room) => room.type === "personal" && room.members.has(user));
    return known ?? this.room("personal", [user]);
  }

  add(room: Room, thread: string | null, from: User | "bot", activity: Loose): Shown {
    const shown: Shown = { id: String(this.#clock++), room, thread, from, activity, own: new Map() };
    this.shown.push(shown);
    return shown;
  }

  /** What somebody sees: nothing of rooms they are not in. */
  seenBy(user: User): readonly Shown[] {
    return this.shown.filter(({ room }) => room.members.has(user));
  }
}

/** Where a message is answered: a channel's threads have conversations of their own. */
export function conversationOf({ room, thread, id }: Pick<Shown, "room" | "thread" | "id">): string {
  return room.type === "channel" ? `${room.id};messageid=${thread ?? id}` : room.id;
}
