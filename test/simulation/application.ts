/** The application that is simulated: its handlers do what requests tell them to, and write everything down. */
import type { GroupLifecycle, RunnableApplication } from "gatesmith/runtime";
import type { Session } from "../../runtime/session/session.js";
import type {
  ConnectorServer,
  RoomsServer,
  SessionData,
  Text,
  WorkServer,
} from "../runtime/lab/generated/server/index.js";
import { application, text } from "../runtime/lab/lab.js";
import type { Ledger, SeenSession } from "./ledger.js";

type LabSession = Session<SessionData>;
type Server = ConnectorServer | WorkServer | RoomsServer;

/** What the application asks of the simulated cluster, which knows more than an application could. */
export interface Surroundings {
  readonly ledger: Ledger;
  /** The name of the incarnation that runs, `work-1#2`. */
  lifeOf(server: Server): string;
  /** Who must get what is published in a channel now. */
  certainMembers(channel: string, server: Server): readonly SeenSession[];
  /** A handler was given a session. */
  used(server: Server, session: LabSession): void;
  closed(server: Server, session: LabSession): void;
  joined(server: Server, session: LabSession, channel: string): void;
  left(session: LabSession, channel: string): void;
  /** The sessions that have a uid now. */
  holders(uid: string): ReadonlySet<string>;
  /** A bind has been confirmed to the application. `before`: who had the uid when it began. */
  bound(session: LabSession, uid: string, before: ReadonlySet<string>): void;
  /** An unbind begins. */
  givesUp(session: LabSession): void;
  /** A bind begins that lets others keep the uid. */
  shares(session: LabSession): void;
}

export function simulatedApplication(around: Surroundings): RunnableApplication {
  const { ledger } = around;

  function begins(server: Server, nonce: number, session: LabSession | null): void {
    if (session !== null) around.used(server, session);
    ledger.ran(nonce, around.lifeOf(server), session?.id ?? null, session?.uid ?? null, session?.data.level ?? 0);
  }

  /** What `work` servers do for a client. */
  function act(
    server: WorkServer,
    session: LabSession,
    command: string,
    argument: string,
  ): undefined | Promise<unknown> {
    switch (command) {
      case "slow":
        return new Promise<void>((resolve) => server.timing.after(Number(argument), resolve));
      case "throw":
        throw new Error("as it was told to");
      case "join":
        server.channel(argument).join(session);
        around.joined(server, session, argument);
        return;
      case "leave":
        around.left(session, argument);
        server.channel(argument).leave(session);
        return;
      case "publish": {
        const nonce = ledger.nonce();
        const expected = around.certainMembers(argument, server);
        server.push.onText.toChannel(argument, text(`channel ${argument}`, { number: nonce }));
        ledger.published(nonce, `channel ${argument}`, around.lifeOf(server), expected);
        return;
      }
      case "everyone":
        server.push.onText.toEveryone(text("everyone", { number: ledger.nonce() }));
        return;
      case "members":
        return server.channel(argument).members();
      case "kickUser":
        return server.kickUser(argument, "somebody asked");
      case "call":
        return server.rpc.work.jobs.call(inner(`rpc to ${argument}`), { key: argument });
      case "callRooms":
        return server.rpc.rooms.here.find(inner("rpc to rooms"), session);
      default:
        return anywhere(server, session, command, argument);
    }
  }

  /** What every server with handlers can do. */
  function anywhere(
    server: ConnectorServer | WorkServer,
    session: LabSession,
    command: string,
    argument: string,
  ): undefined | Promise<unknown> {
    switch (command) {
      case "echo":
        return;
      case "user": {
        const nonce = ledger.nonce();
        const what = `user ${argument}`;
        const expected = ledger.certainUsers(argument);
        const push = "onOwn" in server.push ? server.push.onOwn : server.push.onText;
        push.toUser(argument, text(what, { number: nonce }));
        ledger.published(nonce, what, around.lifeOf(server), expected);
        return;
      }
      case "bind":
        return rebind(server, session, argument);
      case "unbind":
        return unbind(server, session, "");
      case "update":
        return session.update({ level: Number(argument) });
      case "kick":
        return session.kick("as the client asked");
      default:
        throw new TypeError(`nobody told the application how to ${command}`);
    }
  }

  /** `uid/conflict` */
  async function rebind(server: ConnectorServer | WorkServer, session: LabSession, argument: string): Promise<void> {
    const [uid, conflict] = argument.split("/") as [string, "allow"];
    if (session.uid !== null) await unbind(server, session, uid);
    await session.update({ room: "lobby" });
    const before = around.holders(uid);
    if (conflict === "allow") around.shares(session);
    await session.bind(uid, { conflict });
    around.bound(session, uid, before);
  }

  /** `next`: the uid that it will ask for. A connector gives up a uid at once, and the client is told at what point of all it hears. */
  function unbind(server: ConnectorServer | WorkServer, session: LabSession, next: string): Promise<void> {
    around.givesUp(session);
    const done = session.unbind();
    if ("onOwn" in server.push) server.push.onOwn.toSession(session, text("unbound", { key: next }));
    return done;
  }

  function inner(what: string): Text {
    return text("inner", { number: ledger.asked(what, null, false) });
  }

  const answer = (server: Server, nonce: number) => text("", { key: server.id, number: nonce });

  const handler = (server: WorkServer) => (message: Text, context: { readonly session: LabSession }) => {
    const { session } = context;
    begins(server, message.number, session);
    // The first thing a client gets to know of the answer is this.
    if (message.text === "echo")
      server.push.onText.toSession(
        session,
        text(`session ${session.id}`, { number: ledger.nonce(), key: `${message.number}` }),
      );
    const done = act(server, session, message.text, message.key);
    return done === undefined ? answer(server, message.number) : done.then(() => answer(server, message.number));
  };

  const remote =
    (server: WorkServer | RoomsServer) => (message: Text, context: { readonly session: LabSession | null }) => {
      begins(server, message.number, context.session);
      return answer(server, message.number);
    };

  const lifecycle = (server: Server): GroupLifecycle<SessionData> => ({
    onSessionClosed: (session) => around.closed(server, session),
  });

  return application({
    login: lifecycle,
    own: (server) => ({
      ask: (message, { session }) => {
        begins(server, message.number, session);
        const done = anywhere(server, session, message.text, message.key);
        return done === undefined ? answer(server, message.number) : done.then(() => answer(server, message.number));
      },
    }),
    jobs: (server) => {
      const act = handler(server);
      return {
        ...lifecycle(server),
        ask: act,
        free: act,
        alone: act,
        tell: async (message, context) => {
          await act(message, context);
        },
        call: remote(server),
      };
    },
    rooms: (server) => ({ ...lifecycle(server), find: remote(server) }),
  });
}
