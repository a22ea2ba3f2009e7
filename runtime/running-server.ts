/** One server of the cluster: its place on the bus, and all parts that take frames from it. */
import type { Slab } from "../wire/slab.js";
import type { RunnableApplication } from "./backend/application.js";
import { ApplicationGroups } from "./backend/application-groups.js";
import { Dispatcher } from "./backend/dispatcher.js";
import { LinkRequests } from "./backend/link-requests.js";
import { Schedules } from "./backend/schedules.js";
import { serverHandle } from "./backend/server-handle.js";
import { SessionMirrors } from "./backend/session-mirrors.js";
import type { Address, Bus, BusReceiver, Eviction } from "./bus/bus.js";
import type { ListenerRecord } from "./bus/cluster-messages.js";
import { Envelope } from "./bus/envelope.js";
import { ChannelHome } from "./channel/channel-home.js";
import { HomeAccounts } from "./channel/home-accounts.js";
import { LocalChannels, MOST_CHANNELS } from "./channel/local-channels.js";
import { serveLocalMembers } from "./channel/local-members.js";
import { Drain, serveDrain } from "./cluster/drain.js";
import { LoopLink } from "./cluster/loop-link.js";
import type { Peer } from "./cluster/peer.js";
import { Presence } from "./cluster/presence.js";
import type { ServerState } from "./cluster/server-record.js";
import { UserHome } from "./cluster/user-home.js";
import { Frontend } from "./frontend/frontend.js";
import { FrontendProtocol } from "./frontend/frontend-protocol.js";
import { IncomingFrames } from "./incoming-frames.js";
import { type ServerEnd, serveAdministration } from "./operate/administration.js";
import { LogLimit } from "./operate/log-limit.js";
import { TickStep } from "./operate/tick.js";
import { makeServerCore, type ServerCore, type ServerCoreOptions } from "./server-core.js";
import type { ServedSession } from "./session/served-session.js";
import { tellAgain } from "./session/session-uses.js";

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
  private readonly schedules: Schedules;
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
  private draining: Drain | null = null;
  private readonly onEvicted: (reason: Eviction) => void;
  private readonly frames: IncomingFrames;
  private lastFrom: Address | null = null;
  private lastPeer: Peer | undefined;

  /** Throws ApplicationError. */
  constructor(options: RunningServerOptions) {
    const { tables, timing, limits, application } = options;
    this.core = makeServerCore(options, () => this.me ?? this.core.view.peer(this.core.incarnation)!);
    const { core } = this;
    const { id, type, log, clock, counters, wheel } = core;
    this.onEvicted = options.onEvicted ?? (() => {});
    core.tick.on(TickStep.LINKS, () => this.bus?.flush());
    this.handle = serverHandle(core, () => this.frontend?.delivery ?? null);
    this.groups = new ApplicationGroups(application, type, tables, this.handle, log, counters);
    const { filters, targets, schedules } = this.groups;
    this.schedules = new Schedules(core, schedules);
    const random = () => timing.random();
    const { sessionBytes } = limits;
    const { handlerTimes: times } = core;
    const parts = { filters, wheel, clock, counters, times, log, random };
    this.dispatcher = new Dispatcher({ ...parts, serverId: id, sessionBytes });
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
            awake: () => this.bus?.awake() ?? true,
            protocols: tables.manifest.protocols.map(
              (protocol, index) => new FrontendProtocol(protocol, index, tables),
            ),
            sessionEnded: (session) => this.sessionEnded(session),
          });
    const { gaps } = this.frontend ?? {};
    if (gaps !== undefined) core.registrar.onDeaths((typeIndex) => gaps.homesDied(typeIndex));
    serveLocalMembers(core, this.channels);
    const { requests, mirrors, userHome, channelHome, channels, homeAccounts, frontend } = this;
    this.frames = new IncomingFrames({
      core,
      requests,
      mirrors,
      userHome,
      channelHome,
      channels,
      homeAccounts,
      frontend,
    });
    serveAdministration({
      core,
      frontend: this.frontend,
      end: options.end ?? null,
      state: () => this.state,
      running: () => this.running,
      requestRate: () => this.presence?.requestRate() ?? 0,
    });
    serveDrain(core, this.frontend);
  }

  get address(): Address {
    return { id: this.core.id, incarnation: this.core.incarnation };
  }

  /** What it tells the directory. */
  get state(): ServerState {
    return this.presence?.state ?? "starting";
  }

  /** Its place on the bus; null until it starts. */
  get place(): Bus | null {
    return this.bus;
  }

  /** Handlers and remotes that have not finished. */
  get running(): number {
    return this.dispatcher.running;
  }

  /** Takes its place on the bus, then runs the application's `onStart`. Throws what that throws. */
  async start(bus: Bus): Promise<void> {
    this.bus = bus;
    const { core } = this;
    core.view.attach(
      bus,
      new LoopLink(this.address, (envelope, slab, start, end) =>
        this.frames.arrived(core.self(), envelope, slab, start, end),
      ),
    );
    this.presence = new Presence(core, bus, () => this.frontend?.sessions.size ?? this.dispatcher.running);
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

  /** Takes no new work, finishes what it has, and sends its clients elsewhere. Resolves when `stop` would end nothing, or the time is over. */
  drain(): Promise<void> {
    const { core, frontend } = this;
    if (this.stopped !== null) return this.stopped;
    this.schedules.halt();
    const announce = () => this.presence!.become("draining");
    const running = () => this.dispatcher.running + this.schedules.running;
    this.draining ??= new Drain({ core, frontend, announce, running });
    return this.draining.done;
  }

  /** Ends its sessions, runs `onStop`, and leaves the bus; once, however often it is called. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.draining?.end();
    this.presence?.stop();
    await this.schedules.stop();
    await this.frontend?.stop();
    await this.groups.stop();
    await this.bus?.close();
    this.core.homes.close();
    this.core.sentChanges.close();
    this.core.retries.close();
    this.core.wheel.stop();
  }

  // ---- What the bus calls

  frame(from: Address, slab: Slab, start: number, end: number): void {
    // A batch of frames comes from one server.
    if (from !== this.lastFrom) {
      this.lastFrom = from;
      this.lastPeer = this.core.view.peer(from.incarnation);
    }
    const { lastPeer } = this;
    if (lastPeer === undefined) this.core.counters.strayFrames++;
    else this.frames.arrived(lastPeer, this.envelope, slab, start, end);
  }

  pending(): void {
    this.core.tick.leave(TickStep.LINKS);
  }

  announced(from: Address, record: Uint8Array): void {
    this.lastFrom = null;
    if (!this.core.view.announced(from, record)) this.core.counters.strayFrames++;
    else if (from.incarnation === this.core.incarnation) this.me ??= this.core.self();
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
    if (frontend !== null) for (const session of frontend.sessions) tellAgain(session, peer);
    const { epoch } = core.homes;
    core.homes.gap(peer);
    this.frames.gap(peer, epoch);
    if (peer.type === core.type.name) core.sentChanges.sendAgain();
    frontend?.gaps.lost(peer, true);
  }

  evicted(reason: Eviction): void {
    this.core.log.error({ reason }, "the others have given this server up");
    this.schedules.halt();
    for (const peer of this.core.view.all()) this.core.calls.lost(peer);
    this.onEvicted(reason);
  }

  left(address: Address): void {
    this.lastFrom = null;
    const peer = this.core.view.peer(address.incarnation);
    const unfinished = peer !== undefined && !peer.administrates && this.isUnfinished(peer);
    if (peer !== undefined) {
      if (unfinished) this.core.registrar.died(peer);
      if (unfinished) this.frontend?.gaps.lost(peer, false);
      // Before the view tells what changes with it: what waits for a home is then let go.
      this.userHome.left(peer);
      this.channelHome.left(peer);
    }
    this.core.view.left(address);
    // Nothing here ever depended on an administrator.
    if (peer === undefined || peer.administrates) return;
    if (unfinished) {
      this.frames.miss(peer);
      this.core.pushLosses.homeGone(peer);
    }
    this.core.calls.lost(peer);
    this.mirrors.left(peer);
    this.homeAccounts.left(peer);
    this.core.sentChanges.left(peer.incarnation);
    if (peer.type === this.core.type.name) this.core.sentChanges.sendAgain();
    this.core.log.info({ peer: peer.id }, "server left");
  }

  /** Whether something that was given to a peer, or that it was about to say, may be lost with it. */
  private isUnfinished({ state, type, homes }: Peer): boolean {
    if (state !== "draining") return state === "ready";
    // Whoever drains is no home any more when those who gave it something have turned away from it. Only those who take part know.
    const knows = this.frontend !== null || type === this.core.type.name;
    return knows && !homes.finished;
  }

  private sessionEnded(session: ServedSession): void {
    this.dispatcher.sessionEnded(session, () => this.groups.sessionClosed(session));
  }
}
