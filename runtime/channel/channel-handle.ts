/** A channel as an application uses it. Holds no state: the home does. */
import type { Channel, ChannelMembers } from "../backend/application.js";
import { PushTarget, ChannelMembers as WireMembers } from "../bus/cluster-messages.js";
import { FrameKind, Operation } from "../bus/envelope.js";
import { askHome } from "../cluster/ask-home.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";
import { FrontendSession } from "../session/frontend-session.js";
import type { Session } from "../session/session.js";
import { SessionMirror } from "../session/session-mirror.js";
import { NO_SESSION } from "../session/session-reference.js";

/** Channel names travel with every publish. */
export const LONGEST_NAME = 256;

export class ChannelHandle implements Channel<unknown> {
  readonly name: string;
  private readonly core: ServerCore;

  /** Throws INTERNAL when the name is empty or too long. */
  constructor(core: ServerCore, name: string) {
    if (typeof name !== "string" || name.length === 0 || name.length > LONGEST_NAME) {
      throw Failure.of(
        "INTERNAL",
        `a channel's name has 1 to ${LONGEST_NAME} characters, not ${String(name).length}`,
        "no",
      );
    }
    this.core = core;
    this.name = name;
  }

  join(session: Session<unknown>): void {
    this.change(FrameKind.CHANNEL_JOIN, session);
  }

  leave(session: Session<unknown>): void {
    this.change(FrameKind.CHANNEL_LEAVE, session);
  }

  async members(): Promise<ChannelMembers> {
    const answer = await askHome(this.core, {
      typeIndex: this.core.typeIndex,
      key: this.name,
      operation: Operation.MEMBERS,
      session: NO_SESSION,
      request: { codec: PushTarget, message: { type: this.core.type.name, name: this.name, key: "" } },
      response: WireMembers,
      what: `members of channel ${this.name}`,
    });
    return {
      members: answer.members.map((member) => ({ session: member.session, uid: member.uid ?? null })),
      missing: answer.missing,
    };
  }

  private change(kind: number, session: Session<unknown>): void {
    if (!(session instanceof FrontendSession || session instanceof SessionMirror)) {
      throw new TypeError(`channel ${this.name}: join and leave take a session`);
    }
    if (session.closed) return;
    const outcome = this.core.sentChanges.send(kind, this.name, session);
    if (outcome === "no home") throw this.homeless();
    if (outcome === "full") {
      throw Failure.of("OVERLOADED", `channel ${this.name}: the link to its home is down or full`, "no");
    }
  }

  private homeless(): Failure {
    return Failure.of("NO_SERVER", `channel ${this.name}: no server of type ${this.core.type.name} is ready`, "no");
  }
}
