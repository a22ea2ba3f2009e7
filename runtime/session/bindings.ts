/** What a connector does to its sessions on somebody's word: bind and unbind a uid, change data, end them. */
import { CloseCode } from "../../wire/close-code.js";
import { Conflict, SessionBind, SessionKick, SessionPatch } from "../bus/cluster-messages.js";
import { FrameKind, Operation } from "../bus/envelope.js";
import { askHome } from "../cluster/ask-home.js";
import type { Question } from "../cluster/operations.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, type SessionBindings, SessionPhase } from "./frontend-session.js";
import { type BindOptions, sessionId } from "./session.js";
import type { SessionDataSchema } from "./session-data.js";
import { wireConflict } from "./session-mirror.js";
import type { SessionTable } from "./session-table.js";
import { tellState, useOf } from "./session-uses.js";

/** Bytes of a uid in UTF-16 units: it travels in directory messages and stands in tables. */
export const LONGEST_UID = 256;

/** Characters of the reason a session is ended for: it goes into a frame, and shortened once more into the close frame. */
const LONGEST_REASON = 256;

export interface BindingsOptions {
  readonly core: ServerCore;
  readonly sessions: SessionTable;
  /** Says goodbye and closes the socket of a session that is being ended. */
  readonly disconnect: (session: FrontendSession, code: CloseCode, reason: string) => void;
  /** The session is over: whatever the frontend keeps of it goes. */
  readonly ended: (session: FrontendSession, wasOpen: boolean) => void;
}

export class Bindings implements SessionBindings {
  readonly schema: SessionDataSchema;
  private readonly core: ServerCore;
  private readonly sessions: SessionTable;
  private readonly options: BindingsOptions;
  /** Sessions that wait for a uid's home, and the uid. */
  private readonly binding = new Map<FrontendSession, string>();
  /** Ends of sessions, by their ids, that other servers have not all confirmed. */
  private readonly endings = new Map<string, Promise<void>>();

  constructor(options: BindingsOptions) {
    this.options = options;
    this.core = options.core;
    this.sessions = options.sessions;
    this.schema = options.core.sessionData;
    const { operations } = options.core;
    operations.serve(Operation.BIND, async (question) => {
      const { uid, conflict } = question.read(SessionBind);
      await this.claim(this.found(question, "bind"), uid, conflict);
      this.tellAsker(question);
      return undefined;
    });
    operations.serve(Operation.UNBIND, async (question) => {
      await this.unbind(this.found(question, "unbind"));
      this.tellAsker(question);
      return undefined;
    });
    operations.serve(Operation.UPDATE, (question) => {
      const patch = this.schema.decodePatch(question.read(SessionPatch));
      const session = this.found(question, "update");
      session.data = this.schema.patched(session.data, patch);
      session.version++;
      this.tellAsker(question);
      return undefined;
    });
    operations.serve(Operation.KICK, async (question) => {
      const { uid, code, reason } = question.read(SessionKick);
      const { slot, generation, owner } = question;
      const session = this.sessions.find(slot, generation);
      // Whoever has just left needs no kick, but may be known elsewhere still; whoever has given the uid back is not meant any more.
      if (session === null) await this.endings.get(sessionId(owner, slot, generation));
      else if (uid === "" || session.uid === uid || this.binding.get(session) === uid)
        await this.close(session, isOurs(code) ? code : CloseCode.KICKED, reason);
      return undefined;
    });
    const { registrar, userHomeType, tables } = options.core;
    const homeType = tables.manifest.servers[userHomeType]?.name;
    registrar.add({
      register: (type) => {
        if (type === homeType) this.register();
      },
      registerAgain: (home) => {
        for (const session of this.sessions) if (session.userHome === home.incarnation) this.tellHere(home, session);
      },
    });
  }

  async bind(session: FrontendSession, uid: string, options: BindOptions | undefined): Promise<void> {
    await this.claim(session, uid, wireConflict(options));
  }

  async unbind(session: FrontendSession): Promise<void> {
    const { uid } = session;
    if (uid === null) return;
    this.setUid(session, null);
    await this.release(session, uid);
  }

  /**
   * Ends a session. Resolves when every server that knows it has seen its end, so that whoever comes next under the same uid finds
   * nothing of it left.
   */
  close(session: FrontendSession, code: CloseCode, reason: string): Promise<void> {
    if (session.phase !== SessionPhase.CLOSED) {
      this.core.counters.closed(code);
      // A socket may call `ended` from within its `close`: what is waited for is the same.
      this.options.disconnect(session, code, String(reason).slice(0, LONGEST_REASON));
    }
    return this.ended(session);
  }

  /** The connection is gone. Idempotent; resolves like `close`, and never rejects. */
  ended(session: FrontendSession): Promise<void> {
    if (session.phase === SessionPhase.CLOSED) return this.endings.get(session.id) ?? Promise.resolve();
    const wasOpen = session.phase === SessionPhase.OPEN;
    session.phase = SessionPhase.CLOSED;
    this.sessions.release(session);
    this.options.ended(session, wasOpen);
    const { id, uid } = session;
    const told: Promise<unknown>[] = [];
    for (let use = session.firstUse; use !== null; use = use.next) {
      if (!use.peer.alive) continue;
      told.push(this.core.operations.insist(use.peer, Operation.CLOSED, session, null, `end of session ${id}`));
    }
    if (told.length === 0 && uid === null) return Promise.resolve();
    const ending = this.settled(session, told).then(() => {
      this.endings.delete(id);
    });
    this.endings.set(id, ending);
    return ending;
  }

  /** Resolves when every session that is over by now is so for the servers that knew it, too. */
  async allEnded(): Promise<void> {
    await Promise.all(this.endings.values());
  }

  /** The uid is given back last: whoever has it next finds nothing of this session at any server. */
  private async settled(session: FrontendSession, told: readonly Promise<unknown>[]): Promise<void> {
    const { uid } = session;
    if (told.length > 0) await Promise.allSettled(told);
    if (uid !== null) await this.giveBack(session, uid);
  }

  private async claim(session: FrontendSession, uid: string, conflict: Conflict): Promise<void> {
    if (typeof uid !== "string" || uid.length === 0 || uid.length > LONGEST_UID) {
      throw Failure.of("INTERNAL", `bind: a uid has 1 to ${LONGEST_UID} characters, not ${String(uid).length}`, "no");
    }
    // A handler that goes on after its client has left must not take the uid from the client's next session.
    if (session.closed) throw this.over(session, uid);
    if (session.uid === uid) return;
    if (session.uid !== null) {
      throw Failure.of("FORBIDDEN", `session ${session.id} is bound to ${session.uid}; unbind it first`, "no");
    }
    if (this.binding.has(session)) throw Failure.of("FORBIDDEN", `session ${session.id} is being bound already`, "no");
    this.binding.set(session, uid);
    let home: Peer;
    try {
      home = await this.claimAtHome(session, uid, conflict);
    } finally {
      this.binding.delete(session);
    }
    if (session.closed) {
      await this.giveBack(session, uid, home);
      throw this.over(session, uid);
    }
    session.userHome = home.incarnation;
    session.sharesUser = conflict === Conflict.ALLOW;
    this.setUid(session, uid);
  }

  /** Resolves to the home that gave the uid to the session. */
  private async claimAtHome(session: FrontendSession, uid: string, conflict: Conflict): Promise<Peer> {
    const { core } = this;
    const type = core.tables.manifest.servers[core.userHomeType]?.name ?? "";
    for (;;) {
      let home: Peer | null = null;
      let registered = 0;
      try {
        await askHome(core, {
          typeIndex: core.userHomeType,
          key: uid,
          operation: Operation.CLAIM,
          session,
          request: { codec: SessionBind, message: { uid, conflict } },
          response: null,
          what: `bind of uid ${uid}`,
          wanted: () => !session.closed,
          asking: (asked) => {
            home = asked;
            registered = core.registrar.count(type);
          },
        });
      } catch (error) {
        // The home may have given the uid to this session all the same.
        if (home !== null && (!(error instanceof Failure) || error.executed !== "no")) {
          void this.giveBack(session, uid, home);
        }
        throw error;
      }
      if (registered === core.registrar.count(type)) return home!;
      // It said yes as a home of before, and this server has registered with the new ones since, without this session.
      await this.giveBack(session, uid, home!);
      if (session.closed) throw this.over(session, uid);
    }
  }

  private setUid(session: FrontendSession, uid: string | null): void {
    session.uid = uid;
    session.version++;
    const numeric = uid !== null && /^[0-9]{1,20}$/.test(uid) ? BigInt(uid) : 0n;
    const fits = numeric <= 0xffff_ffff_ffff_ffffn;
    session.userIdHigh = fits ? Number(numeric >> 32n) : 0;
    session.userIdLow = fits ? Number(numeric & 0xffff_ffffn) : 0;
  }

  /** At the home that knows of it. */
  private async release(session: FrontendSession, uid: string, home = this.homeOf(session)): Promise<void> {
    if (home === undefined || !home.alive) return;
    const request = { codec: SessionBind, message: { uid, conflict: Conflict.KICK_OLD } };
    // It may be bound to the same uid again before a second attempt.
    const wanted = () => session.closed || session.uid !== uid || session.userHome !== home.incarnation;
    await this.core.operations.insist(home, Operation.RELEASE, session, request, `release of uid ${uid}`, wanted);
  }

  /** Releases what nobody waits for the release of. */
  private giveBack(session: FrontendSession, uid: string, home = this.homeOf(session)): Promise<void> {
    return this.release(session, uid, home).catch(() => {});
  }

  private homeOf(session: FrontendSession): Peer | undefined {
    return this.core.view.peer(session.userHome);
  }

  private over(session: FrontendSession, uid: string): Failure {
    return Failure.of("OUTCOME_UNKNOWN", `session ${session.id} ended before it was bound to ${uid}`, "no");
  }

  /** Tells the homes of uids that have moved. */
  private register(): void {
    const { router, userHomeType } = this.core;
    for (const session of this.sessions) {
      const { uid } = session;
      const home = uid === null ? null : router.home(userHomeType, uid);
      if (home === null || home.incarnation === session.userHome) continue;
      const before = this.homeOf(session);
      session.userHome = home.incarnation;
      this.tellHere(home, session);
      if (before !== undefined) this.tell(before, FrameKind.USER_GONE, session, uid!);
    }
  }

  private tellHere(home: Peer, session: FrontendSession): void {
    if (session.uid !== null) this.tell(home, FrameKind.USER_HERE, session, session.uid, session.sharesUser ? 1 : 0);
  }

  private tell(home: Peer, kind: number, { slot, generation, owner }: FrontendSession, uid: string, code = 0): void {
    const session = { slot, generation, owner };
    this.core.notices.say(home, { kind, code, correlation: 0, type: "", name: uid, session });
  }

  private found(question: Question, what: string): FrontendSession {
    const session = this.sessions.find(question.slot, question.generation);
    if (session === null) throw Failure.of("OUTCOME_UNKNOWN", `${what}: the session is over`, "no");
    return session;
  }

  /** Whoever asked for a change sees it before the answer. */
  private tellAsker(question: Question): void {
    const session = this.sessions.find(question.slot, question.generation);
    if (session !== null) tellState(session, useOf(session, question.from));
  }
}

/** Whether a close code is one of those that clients know the policy of. */
function isOurs(code: number): code is CloseCode {
  return code >= 4000 && code <= 4999;
}
