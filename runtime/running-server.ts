/** One server of the cluster: its place on the bus, and all parts that take frames from it. */
import { BodyError } from "../wire/body-error.js";
import type { Slab } from "../wire/slab.js";
import type { GateServer, RunnableApplication } from "./backend/application.js";
import { ApplicationGroups } from "./backend/application-groups.js";
import { Dispatcher } from "./backend/dispatcher.js";
import { LinkRequests } from "./backend/link-requests.js";
import type { ServedSession } from "./backend/route-context.js";
import { serverHandle } from "./backend/server-handle.js";
import { SessionMirrors } from "./backend/session-mirrors.js";
import type { Address, Bus, BusReceiver, Eviction } from "./bus/bus.js";
import { type ListenerRecord, PushTarget } from "./bus/cluster-messages.js";
import { ENVELOPE_BYTES, Envelope, FrameKind, isAdministration, Operation } from "./bus/envelope.js";
import { ChannelHome } from "./channel/channel-home.js";
import { HomeAccounts } from "./channel/home-accounts.js";
import { LocalChannels, MOST_CHANNELS } from "./channel/local-channels.js";
import { serveLocalMembers } from "./channel/local-members.js";
import type { Peer, ServerState } from "./cluster/peer.js";
import { Presence } from "./cluster/presence.js";
import { UserHome } from "./cluster/user-home.js";
import { Frontend } from "./frontend/frontend.js";
import { FrontendProtocol } from "./frontend/frontend-protocol.js";
import { type ServerEnd, serveAdministration } from "./operate/administration.js";
import { LogLimit } from "./operate/log-limit.js";
import { makeServerCore, type ServerCore, type ServerCoreOptions } from "./server-core.js";
import { tellAgain, useOf } from "./session/session-uses.js";

export interface RunningServerOptions extends ServerCoreOptions {
  readonly application: RunnableApplication;
  /** What an administrator may end it with; left out where it shares its process with others. */
  readonly end?: ServerEnd;
  /** The others have given this server up: it is to be stopped, and may be started anew. */
  readonly onEvicted?: (reason: Eviction) => void;
}

/** Of one kind in ten seconds, where it is not this server that says how many there would be. */
const LINES = 10;

export class RunningServer implements BusReceiver {
  readonly core: ServerCore;
  /** Null on a backend. */
  readonly frontend: Frontend | null;
  /** What its application's group classes are given. */
  readonly handle: object;
  private readonly groups: ApplicationGroups;
  private readonly dispatcher: Dispatcher;
  private readonly requests: LinkRequests;
  private readonly mirrors: SessionMirrors;
  private readonly userHome: UserHome;
  private readonly channelHome: ChannelHome;
  private readonly channels: LocalChannels;
  private readonly homeAccounts: HomeAccounts;
  private readonly envelope = new Envelope();
  private stopped: Promise<void> | null = null;
  private bus: Bus | null = null;
  private me: Peer | null = null;
  private presence: Presence | null = null;
  private readonly onEvicted: (reason: Eviction) => void;
  private readonly strayLines: LogLimit;
  private readonly failureLines: LogLimit;
  private lastFrom: Address | null = null;
  private lastPeer: Peer | undefined;

  /** Throws ApplicationError. */
  constructor(options: RunningServerOptions) {
    const { tables, timing, limits, application } = options;
    this.core = makeServerCore(options, () => this.me!);
    const { core } = this;
    const { id, type, log, clock, counters, wheel } = core;
    this.onEvicted = options.onEvicted ?? (() => {});
    this.strayLines = new LogLimit(LINES, () => timing.now());
    this.failureLines = new LogLimit(LINES, () => timing.now());
    this.handle = serverHandle(core, () => this.frontend?.delivery ?? null);
    this.groups = new ApplicationGroups(
      application,
      type,
      tables,
      this.handle as GateServer<never, never, never>,
      log,
      counters,
    );
    const { filters, targets } = this.groups;
    const random = () => timing.random();
    const { sessionBytes } = limits;
    this.dispatcher = new Dispatcher({ serverId: id, filters, wheel, clock, counters, sessionBytes, log, random });
    this.mirrors = new SessionMirrors(core, (mirror) => this.sessionEnded(mirror));
    this.requests = new LinkRequests({
      core,
      dispatcher: this.dispatcher,
      targets,
      mirrors: this.mirrors,
      ownSession: (slot, generation) => this.frontend?.sessions.find(slot, generation) ?? null,
    });
    this.userHome = new UserHome(core);
    this.channelHome = new ChannelHome(core);
    const refusedLines = new LogLimit(LINES, () => timing.now());
    this.channels = new LocalChannels(
      tables.manifest.servers.length,
      (channel) => this.homeAccounts.emptied(channel),
      (session) => {
        counters.refusedJoins++;
        const text = `a session is in ${MOST_CHANNELS} channels already, and joins no other`;
        refusedLines.line((more) => log.warn({ session: session.id, ...more }, text));
      },
    );
    this.homeAccounts = new HomeAccounts(core, this.channels);
    this.frontend =
      type.kind === "backend"
        ? null
        : new Frontend({
            core,
            dispatcher: this.dispatcher,
            targets,
            channels: this.channels,
            protocols: tables.manifest.protocols.map(
              (protocol, index) => new FrontendProtocol(protocol, index, tables),
            ),
            sessionEnded: (session) => this.sessionEnded(session),
          });
    serveLocalMembers(core, this.channels);
    serveAdministration({
      core,
      frontend: this.frontend,
      end: options.end ?? null,
      state: () => this.state,
      running: () => this.dispatcher.running,
      requestRate: () => this.presence?.requestRate() ?? 0,
    });
  }

  get address(): Address {
    return { id: this.core.id, incarnation: this.core.incarnation };
  }

  /** What it tells the directory. */
  get state(): ServerState {
    return this.presence?.state ?? "starting";
  }

  /** Takes its place on the bus, then runs the application's `onStart`. Throws what that throws. */
  async start(bus: Bus): Promise<void> {
    this.bus = bus;
    this.core.view.attach(bus);
    this.presence = new Presence(this.core, bus, () => this.frontend?.sessions.size ?? this.dispatcher.running);
    await this.groups.start();
  }

  /** From here on others send work. `listeners`: where clients connect; empty on a backend. */
  becomeReady(listeners: readonly ListenerRecord[]): void {
    this.presence!.become("ready", listeners);
    this.core.log.info(listeners.length === 0 ? {} : { urls: listeners.map(({ url }) => url) }, "server ready");
  }

  /** Runs the application's `onReady`. Throws what that throws. */
  async allReady(): Promise<void> {
    await this.groups.ready();
  }

  /** No new work from others; what was begun goes on. */
  drain(): void {
    this.presence!.become("draining");
  }

  /** Ends its sessions, runs `onStop`, and leaves the bus; once, however often it is called. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.presence?.stop();
    await this.frontend?.stop();
    await this.groups.stop();
    await this.bus?.close();
    this.core.retries.close();
    this.core.wheel.stop();
  }

  // ---- What the bus calls

  frame(from: Address, slab: Slab, start: number, end: number): void {
    const { core, envelope } = this;
    // A batch of frames comes from one server.
    if (from !== this.lastFrom) {
      this.lastFrom = from;
      this.lastPeer = core.view.peer(from.incarnation);
    }
    const peer = this.lastPeer;
    if (peer === undefined || !envelope.decode(slab, start, end)) {
      core.counters.strayFrames++;
      return;
    }
    try {
      if (!this.take(peer, slab, start + ENVELOPE_BYTES, end)) core.counters.strayFrames++;
    } catch (error) {
      // Nothing on the bus may bring a server down; a frame of another schema version may well not decode.
      core.counters.strayFrames++;
      const { kind } = envelope;
      if (error instanceof BodyError) {
        this.strayLines.line((more) => core.log.warn({ from: peer.id, kind, ...more }, error.message));
        return;
      }
      core.counters.exceptions++;
      this.failureLines.line((more) => {
        core.log.error({ err: error, from: peer.id, kind, ...more }, "a frame from another server failed");
      });
    }
  }

  flush(): void {
    this.frontend?.flush();
  }

  announced(from: Address, record: Uint8Array): void {
    this.lastFrom = null;
    if (!this.core.view.announced(from, record)) this.core.counters.strayFrames++;
    else if (from.incarnation === this.core.incarnation) this.me ??= this.core.view.peer(from.incarnation)!;
  }

  suspected(address: Address, silent: boolean): void {
    if (!this.core.view.suspected(address, silent)) return;
    const text = silent ? "server is not heard" : "server is heard again";
    this.core.log.warn({ peer: address.id }, text);
  }

  gap(address: Address): void {
    const { core, frontend } = this;
    const peer = core.view.peer(address.incarnation);
    if (peer === undefined || peer.administrates) return;
    core.log.warn({ peer: peer.id }, "something between this server and another was lost");
    core.calls.lost(peer);
    this.mirrors.gap(peer);
    this.channelHome.left(peer);
    if (frontend !== null) for (const session of frontend.sessions) tellAgain(session, peer);
    this.homeAccounts.gap(peer);
    this.flush();
  }

  evicted(reason: Eviction): void {
    this.core.log.error({ reason }, "the others have given this server up");
    for (const peer of this.core.view.all()) this.core.calls.lost(peer);
    this.onEvicted(reason);
  }

  left(address: Address): void {
    this.lastFrom = null;
    const peer = this.core.view.left(address);
    // Nothing here ever depended on an administrator.
    if (peer === undefined || peer.administrates) return;
    this.core.calls.lost(peer);
    this.mirrors.left(peer);
    this.userHome.left(peer);
    this.channelHome.left(peer);
    this.homeAccounts.left(peer);
    this.core.log.info({ peer: peer.id }, "server left");
    this.flush();
  }

  // ---- Frames by kind

  /** `start` is behind the envelope. False: the frame is for nobody here. */
  private take(peer: Peer, slab: Slab, start: number, end: number): boolean {
    const { core, envelope } = this;
    const body = start + envelope.headerBytes;
    // An administrator has no sessions, and no part in the work.
    if (peer.administrates && envelope.kind !== FrameKind.OPERATION) return false;
    switch (envelope.kind) {
      case FrameKind.REQUEST:
      case FrameKind.NOTIFY:
        return this.requests.request(peer, envelope, slab, start, body, end);
      case FrameKind.REPLY:
        if (!core.calls.answered(peer, envelope.correlation, envelope.code, slab, body, end))
          core.counters.lateAnswers++;
        return true;
      case FrameKind.CALL:
        return this.requests.call(peer, envelope, slab, body, end);
      case FrameKind.OPERATION:
        if (isAdministration(envelope.linkId) !== peer.administrates) return false;
        return core.operations.asked(peer, envelope, slab, body, end);
      case FrameKind.SESSION_STATE:
        return this.mirrors.state(peer, envelope, slab, body, end);
      case FrameKind.SESSION_USE:
        return this.sessionUse(peer);
      case FrameKind.PUSH_USER:
        this.userHome.forwardPush(
          PushTarget.decode(slab, start, body).name,
          envelope.linkId,
          envelope.headerBytes,
          slab,
          start,
          end,
        );
        return true;
      case FrameKind.PUSH_CHANNEL:
        return this.channelHome.publish(envelope, PushTarget.decode(slab, start, body), slab, start, end);
      case FrameKind.CHANNEL_JOIN:
        return this.channelHome.join(envelope, PushTarget.decode(slab, start, body), slab, start);
      case FrameKind.CHANNEL_LEAVE:
        this.channelHome.leave(envelope, slab, start);
        return true;
      case FrameKind.MEMBERS_GONE:
        this.channelHome.membersGone(peer, PushTarget.decode(slab, start, body).name, envelope.correlation);
        return true;
      case FrameKind.MEMBERS_HERE:
        this.channelHome.membersHere(peer, PushTarget.decode(slab, start, body).name);
        return true;
      default:
        return this.toFrontend(peer, slab, start, body, end);
    }
  }

  private toFrontend(peer: Peer, slab: Slab, start: number, body: number, end: number): boolean {
    const { envelope, frontend, core } = this;
    if (frontend === null) return false;
    const { slot, generation } = envelope;
    const target = PushTarget.decode(slab, start, body);
    if (envelope.kind === FrameKind.MEMBER_JOIN || envelope.kind === FrameKind.MEMBER_LEAVE) {
      const typeIndex = core.tables.typeIndex.get(target.type);
      const session = frontend.sessions.find(slot, generation);
      if (typeIndex === undefined) return false;
      if (envelope.kind === FrameKind.MEMBER_JOIN)
        this.homeAccounts.register(this.channels.join(typeIndex, target.name, session, peer));
      else if (session !== null) this.channels.leave(typeIndex, target.name, session);
      return true;
    }
    const push = core.tables.pushByLink[envelope.linkId];
    if (push === undefined) return false;
    switch (envelope.kind) {
      case FrameKind.PUSH_SESSION:
        frontend.delivery.toSession(push, slot, generation, target.key, slab, body, end);
        return true;
      case FrameKind.PUSH_MEMBERS:
        frontend.delivery.toMembers(push, target, slab, body, end);
        return true;
      case FrameKind.PUSH_EVERYONE:
        frontend.delivery.toEveryone(push, target.key, slab, body, end);
        return true;
      default:
        return false;
    }
  }

  private sessionUse(peer: Peer): boolean {
    const session = this.frontend?.sessions.find(this.envelope.slot, this.envelope.generation) ?? null;
    if (session !== null) {
      useOf(session, peer);
      return true;
    }
    // The session ended while another server was told of it.
    const { slot, generation, owner } = this.envelope;
    void this.core.operations.insist(peer, Operation.CLOSED, { slot, generation, owner }, null, "end of a session");
    return true;
  }

  private sessionEnded(session: ServedSession): void {
    this.dispatcher.sessionEnded(session, () => this.groups.sessionClosed(session));
  }
}
