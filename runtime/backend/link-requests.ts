/** Requests, notifies and calls as they arrive over links, handed to the dispatcher with what their answers need. */
import { ErrorCode } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import {
  ENVELOPE_BYTES,
  type Envelope,
  encodeEnvelope,
  FrameKind,
  PROTOCOL_SHIFT,
  RequestFlag,
} from "../bus/envelope.js";
import { writeFailure } from "../cluster/failure-body.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { HandlerEntry, InternalHeader } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import type { ServedSession } from "../session/served-session.js";
import { Arrival } from "./arrival.js";
import type { Dispatcher } from "./dispatcher.js";
import { LinkReply } from "./link-reply.js";
import type { SessionMirrors } from "./session-mirrors.js";
import type { Target } from "./target.js";

export interface LinkRequestsOptions {
  readonly core: ServerCore;
  readonly dispatcher: Dispatcher;
  /** This server's handlers and remotes, by link id. */
  readonly targets: ReadonlyArray<Target | undefined>;
  readonly mirrors: SessionMirrors;
  /** A session that this very server owns; null when it is over. */
  readonly ownSession: (slot: number, generation: number) => ServedSession | null;
}

export class LinkRequests {
  private readonly options: LinkRequestsOptions;
  private readonly reply: LinkReply;
  private readonly header: InternalHeader;
  private readonly arrival = new Arrival();

  constructor(options: LinkRequestsOptions) {
    this.options = options;
    this.reply = new LinkReply(options.core);
    this.header = options.core.tables.manifest.internal.create();
  }

  /** A client's request or notify; `start` is behind the envelope. False: it does not decode, or is for nobody here. */
  request(peer: Peer, envelope: Envelope, slab: Slab, start: number, body: number, end: number): boolean {
    const { core } = this.options;
    const { header } = this;
    const target = this.options.targets[envelope.linkId];
    const session = this.options.mirrors.find(peer, envelope.slot, envelope.generation);
    // As if it had been lost with the packets before it: its connector takes it for lost when it hears of them.
    if (session?.uncertain === true) return false;
    core.counters.requests++;
    if (target === undefined) return this.unknownRoute(peer, envelope);
    if (session === null) return false;
    // A remote is no client's to ask for, and a notify waits for no answer.
    if (!target.fromClients || target.answers !== (envelope.kind === FrameKind.REQUEST)) return false;
    if (core.tables.manifest.internal.decode(header, slab, start, end) !== 0 || header.bodyStart !== body) return false;
    const { correlation, remaining, flags } = envelope;
    const json = (flags & RequestFlag.JSON) !== 0;
    if (json && (target.entry as HandlerEntry).json === null) return false;
    const { sequence } = header;
    const { arrival } = this;
    arrival.session = session;
    arrival.peer = peer;
    arrival.correlation = correlation;
    arrival.sequence = sequence;
    arrival.remaining = remaining;
    arrival.header = null;
    arrival.reply = null;
    arrival.protocol = flags >> PROTOCOL_SHIFT;
    arrival.json = json;
    if ((flags & RequestFlag.CLIENT_FRAME) === 0) {
      this.options.dispatcher.dispatch(target, this.reply, arrival, slab, body, end);
      return true;
    }
    const protocol = core.tables.manifest.protocols[arrival.protocol];
    if (protocol === undefined) return false;
    const client = protocol.request.create();
    if (protocol.request.decode(client, slab, body, end) !== 0) return false;
    arrival.header = client;
    const reply = protocol.response.create();
    // Which fields are there may depend on what the frame is.
    if (protocol.kinds !== null) reply.kind = protocol.kinds.response;
    arrival.reply = reply;
    this.options.dispatcher.dispatch(target, this.reply, arrival, slab, client.bodyStart, client.bodyEnd);
    return true;
  }

  /** A remote call. False: it is for nobody here. */
  call(peer: Peer, envelope: Envelope, slab: Slab, body: number, end: number): boolean {
    const target = this.options.targets[envelope.linkId];
    if (target === undefined) return this.unknownRoute(peer, envelope);
    if (target.fromClients) return false;
    const { correlation, remaining } = envelope;
    const session = this.calledSession(envelope);
    const { arrival } = this;
    arrival.session = session;
    arrival.peer = peer;
    arrival.correlation = correlation;
    arrival.sequence = 0;
    arrival.remaining = remaining;
    arrival.header = null;
    arrival.reply = null;
    arrival.json = false;
    this.options.dispatcher.dispatch(target, this.reply, arrival, slab, body, end);
    return true;
  }

  /** Whoever asks for a number that this schema has not has a newer one, and may wait for an answer. False: nobody is told. */
  private unknownRoute(peer: Peer, { kind, linkId, correlation }: Envelope): boolean {
    const { handlerByLink, remoteByLink } = this.options.core.tables;
    const known = handlerByLink[linkId] !== undefined || remoteByLink[linkId] !== undefined;
    if (known || kind === FrameKind.NOTIFY || !peer.alive || !peer.link.begin(ENVELOPE_BYTES)) return false;
    const { slab } = peer.link;
    const start = slab.length;
    slab.length += ENVELOPE_BYTES;
    const text = `${this.options.core.id} has no route with number ${linkId}; its schema is older`;
    writeFailure(Failure.of("NO_SERVER", text, "no"), "no", slab);
    encodeEnvelope(slab, start, FrameKind.REPLY, ErrorCode.NO_SERVER, linkId, 0, correlation, 0, 0, 0, 0);
    peer.link.end();
    return true;
  }

  /** The session a call is for: one of this server's own, or a mirror; null when it named none, or one that is over. */
  private calledSession(envelope: Envelope): ServedSession | null {
    const { slot, generation, owner } = envelope;
    if (generation === 0) return null;
    if (owner === this.options.core.incarnation) return this.options.ownSession(slot, generation);
    const home = this.options.core.view.peer(owner);
    return home === undefined ? null : this.options.mirrors.find(home, slot, generation);
  }
}
