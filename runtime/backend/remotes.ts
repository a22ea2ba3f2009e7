/** Calls other servers' remotes: what `server.rpc.chat.room.add(request, to)` does. */
import { BodyError } from "../../wire/body-error.js";
import { errorCodeName } from "../../wire/error-code.js";
import { Slab } from "../../wire/slab.js";
import { SessionState } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import type { Completion, PendingCall } from "../cluster/calls.js";
import { readFailure } from "../cluster/failure-body.js";
import { lostFailure } from "../cluster/lost-failure.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { InternalHeader, RemoteEntry } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { FrontendSession } from "../session/frontend-session.js";
import { SessionMirror } from "../session/session-mirror.js";
import { NO_SESSION, type SessionReference } from "../session/session-reference.js";
import { tellState, useOf } from "../session/session-uses.js";
import type { CallOptions, RpcTarget } from "./application.js";

type Target = RpcTarget<unknown> | undefined;

interface Asked {
  readonly remote: RemoteEntry;
  readonly timeout: number;
  readonly resolve: (response: unknown) => void;
  readonly reject: (failure: Failure) => void;
  /** Takes the listener off the caller's signal. */
  release: () => void;
}

export class Remotes implements Completion {
  private readonly core: ServerCore;
  private readonly header: InternalHeader;
  private readonly scratch = new Slab();

  constructor(core: ServerCore) {
    this.core = core;
    this.header = core.tables.manifest.internal.create();
  }

  /** The nested object of callers, `rpc.<type>.<group>.<method>`; without prototypes, as its names come from a schema. */
  callers(): object {
    const types: Record<string, Record<string, Record<string, unknown>>> = Object.create(null);
    for (const remote of this.core.tables.manifest.remotes) {
      types[remote.serverType] ??= Object.create(null) as Record<string, Record<string, unknown>>;
      const groups = types[remote.serverType]!;
      groups[remote.group] ??= Object.create(null) as Record<string, unknown>;
      groups[remote.group]![remote.method] = (request: unknown, to?: Target, options?: CallOptions) =>
        this.call(remote, request, to, options);
    }
    return types;
  }

  /** Rejects with Failure only. Nobody has to await it. */
  call(remote: RemoteEntry, request: unknown, to: Target, options: CallOptions | undefined): Promise<unknown> {
    const promise = new Promise<unknown>((resolve, reject) =>
      this.start(remote, request, to, options, resolve, reject),
    );
    promise.catch(() => {});
    return promise;
  }

  answered(call: PendingCall, code: number, slab: Slab, start: number, end: number): void {
    const { remote, resolve, reject, release } = call.note as Asked;
    release();
    if (code !== 0) {
      reject(readFailure(code, slab, start, end, this.core.tables.errorNames));
      return;
    }
    try {
      resolve(remote.response.decode(slab, start, end));
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      reject(Failure.of("BAD_BODY", `${remote.route}: the answer of ${call.peer!.id}: ${error.message}`, "yes"));
    }
  }

  timedOut(call: PendingCall): void {
    const { remote, timeout, reject, release } = call.note as Asked;
    release();
    reject(Failure.of("TIMEOUT", `${remote.route}: ${call.peer!.id} did not answer within ${timeout} ms`, "unknown"));
  }

  lost(call: PendingCall): void {
    const { remote, reject, release } = call.note as Asked;
    release();
    reject(lostFailure(remote.route, call.peer!));
  }

  private start(
    remote: RemoteEntry,
    request: unknown,
    to: Target,
    options: CallOptions | undefined,
    resolve: (response: unknown) => void,
    reject: (failure: Failure) => void,
  ): void {
    const { core, scratch } = this;
    const { signal, timeout: patience = remote.timeout } = options ?? {};
    if (!(typeof patience === "number" && patience >= 0)) {
      const text = `${remote.route}: a timeout of ${String(patience)}; it must be 0 or more milliseconds`;
      reject(Failure.of("INTERNAL", text, "no"));
      return;
    }
    if (signal?.aborted === true) {
      reject(Failure.of("OUTCOME_UNKNOWN", `${remote.route}: the caller had given up before the call`, "no"));
      return;
    }
    scratch.length = 0;
    try {
      remote.request.encode(request, scratch);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      reject(Failure.of("BAD_BODY", `${remote.route}: ${error.message}`, "no"));
      return;
    }
    const peer = this.choose(remote, to);
    if (peer instanceof Failure) {
      reject(peer);
      return;
    }
    const session = to instanceof FrontendSession || to instanceof SessionMirror ? to : null;
    const timeout = Math.min(patience, remote.timeout);
    const told = session === null || this.introduce(session, peer);
    const call = told ? core.calls.open(peer, core.clock.now() + timeout, this) : null;
    const headerBytes = this.prepare(peer);
    if (call === null || !peer.link.begin(ENVELOPE_BYTES + headerBytes + scratch.length)) {
      if (call !== null) core.calls.abandon(call);
      reject(Failure.of("OVERLOADED", `${remote.route}: the link to ${peer.id} is down or full`, "no"));
      return;
    }
    const asked: Asked = { remote, timeout, resolve, reject, release: () => {} };
    call.note = asked;
    if (signal !== undefined) this.giveUpOn(signal, call, asked);
    const { slot, generation, owner }: SessionReference = session ?? NO_SESSION;
    const { link } = peer;
    const out = link.slab;
    const at = out.length;
    const { linkId } = remote;
    encodeEnvelope(out, at, FrameKind.CALL, 0, linkId, headerBytes, call.correlation, slot, generation, owner, timeout);
    const headerAt = at + ENVELOPE_BYTES;
    const bodyAt = headerAt + headerBytes;
    out.bytes.set(scratch.bytes.subarray(0, scratch.length), bodyAt);
    out.length = bodyAt + scratch.length;
    core.tables.manifest.internal.encode(this.header, out, headerAt, out.length);
    link.end();
  }

  /** The server the called type's rule gives for the target, or why there is none. */
  private choose(remote: RemoteEntry, to: Target): Peer | Failure {
    const { router, tables } = this.core;
    const typeIndex = tables.typeIndex.get(remote.serverType)!;
    const type = tables.manifest.servers[typeIndex]!;
    const { since } = remote;
    let peer: Peer | null;
    if (to instanceof FrontendSession || to instanceof SessionMirror) {
      peer = remote.scanKey === null ? router.choose(type, typeIndex, to, since) : this.byMessage(remote, typeIndex);
    } else if (to === undefined) {
      peer = remote.scanKey === null ? router.choose(type, typeIndex, null, since) : this.byMessage(remote, typeIndex);
    } else if ("server" in to && typeof to.server === "string") {
      peer = router.byId(to.server, typeIndex, since);
    } else if ("key" in to && typeof to.key === "string") {
      peer = router.chooseByKey(typeIndex, to.key, since);
    } else {
      const text = `${remote.route}: the target must be a session, { server: id } or { key: text }`;
      return Failure.of("NO_ROUTE_KEY", text, "no");
    }
    if (peer !== null) return peer;
    const named = to !== undefined && "server" in to ? ` called ${to.server}` : "";
    const name = errorCodeName(router.code)!;
    const why =
      name === "NO_SERVER" ? `no server of type ${type.name}${named} is ready` : "the target has no routing key";
    return Failure.of(name, `${remote.route}: ${why}`, "no");
  }

  private byMessage(remote: RemoteEntry, typeIndex: number): Peer | null {
    return this.core.router.chooseByMessage(
      typeIndex,
      remote.scanKey!,
      this.scratch,
      0,
      this.scratch.length,
      remote.since,
    );
  }

  /** Makes sure the called server knows the session before the call arrives. False: the link is down or full. */
  private introduce(session: FrontendSession | SessionMirror, peer: Peer): boolean {
    // Whoever owns the session knows it better than by a mirror.
    if (peer.incarnation === session.owner) return true;
    if (session instanceof FrontendSession) {
      if (session.closed) return true;
      const use = useOf(session, peer);
      return use.told === session.version || tellState(session, use);
    }
    const { link } = peer;
    if (!link.begin(ENVELOPE_BYTES)) return false;
    const { slot, generation, owner } = session;
    encodeEnvelope(link.slab, link.slab.length, FrameKind.SESSION_STATE, 0, 0, 0, 0, slot, generation, owner, 0);
    link.slab.length += ENVELOPE_BYTES;
    SessionState.encode(session.state(), link.slab);
    link.end();
    session.introducedTo ??= new Set();
    session.introducedTo.add(peer);
    return true;
  }

  private prepare(peer: Peer): number {
    const { header, core } = this;
    core.clock.now();
    header.timestampHigh = core.clock.wallHigh;
    header.timestampLow = core.clock.wallLow;
    header.serverType = peer.typeIndex < 0 ? 0 : core.tables.manifest.servers[peer.typeIndex]!.typeId;
    header.source = core.number;
    header.target = peer.number;
    return core.tables.manifest.internal.sizeOf(header);
  }

  private giveUpOn(signal: AbortSignal, call: PendingCall, asked: Asked): void {
    const { correlation } = call;
    const giveUp = () => {
      if (call.correlation !== correlation) return;
      this.core.calls.abandon(call);
      asked.reject(Failure.of("OUTCOME_UNKNOWN", `${asked.remote.route}: the caller gave up`, "unknown"));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    asked.release = () => signal.removeEventListener("abort", giveUp);
  }
}
