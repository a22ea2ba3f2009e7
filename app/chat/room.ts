import {
  type AddMember,
  type ChatContext,
  type ChatLine,
  type ChatRemoteContext,
  type ChatRoom,
  type ChatServer,
  type ChatSession,
  failure,
  type Members,
  type SendRequest,
  type SendResponse,
} from "../../generated/server/index.js";

const EVERYBODY = "*";

/** The rooms of one chat server, by name, and in each the sessions by their names. */
export class Room implements ChatRoom {
  readonly server: ChatServer;
  readonly #rooms = new Map<string, Map<string, ChatSession>>();

  constructor(server: ChatServer) {
    this.server = server;
  }

  send({ target, text }: SendRequest, { session }: ChatContext): SendResponse {
    const { room, name } = session.data;
    const line: ChatLine = { room, from: name, target, text, sentAt: this.server.timing.wallClock() };
    if (target === EVERYBODY) {
      this.server.push.onChat.toChannel(room, line);
    } else {
      const member = this.#rooms.get(room)?.get(target);
      if (member === undefined) throw failure("NO_SUCH_MEMBER", `nobody in room ${room} is called ${target}`);
      this.server.push.onChat.toSession(member, line);
    }
    return { sentAt: line.sentAt };
  }

  typing(_message: unknown, { session }: ChatContext): void {
    this.server.push.onTyping.toChannel(session.data.room, { name: session.data.name }, { key: session.data.name });
  }

  add({ room, name }: AddMember, { session }: ChatRemoteContext): Members {
    // The client has left again while it was entering: there is nobody to add.
    if (session === null) return { names: [] };
    const members = this.#rooms.get(room) ?? new Map<string, ChatSession>();
    if (members.has(name)) throw failure("NAME_TAKEN", `somebody in room ${room} is called ${name}`);
    this.#rooms.set(room, members);
    this.server.push.onAdd.toChannel(room, { name });
    members.set(name, session);
    this.server.channel(room).join(session);
    return { names: [...members.keys()] };
  }

  onSessionClosed(session: ChatSession): void {
    const { room, name } = session.data;
    const members = this.#rooms.get(room);
    if (members?.get(name) !== session) return;
    members.delete(name);
    if (members.size === 0) this.#rooms.delete(room);
    this.server.push.onLeave.toChannel(room, { name });
  }
}
