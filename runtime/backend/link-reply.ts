/** Sends outcomes back over the link a request or call came from. */

import type { Executed } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import type { Link } from "../bus/bus.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import { writeFailure } from "../cluster/failure-body.js";
import type { Failure } from "../failure.js";
import type { HandlerEntry, InternalHeader } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import type { ReplySink, RouteContext } from "./route-context.js";

export class LinkReply implements ReplySink {
  private readonly core: ServerCore;
  private readonly header: InternalHeader;

  constructor(core: ServerCore) {
    this.core = core;
    this.header = core.tables.manifest.internal.create();
  }

  answer(context: RouteContext, response: unknown): void {
    const link = this.begin(context);
    if (link === null) return;
    const { slab } = link;
    const start = slab.length;
    const headerBytes = this.prepare(context, 0);
    slab.length = start + ENVELOPE_BYTES + headerBytes;
    try {
      this.body(context, response, slab);
    } catch (error) {
      link.abandon();
      throw error;
    }
    this.end(context, link, start, headerBytes, 0);
  }

  fail(context: RouteContext, failure: Failure, executed: Executed): void {
    this.core.counters.error(failure.code);
    if (!context.target.answers) {
      this.core.log.debug({ route: context.route, code: failure.name, message: failure.message }, "a notify failed");
      return;
    }
    const link = this.begin(context);
    if (link === null) return;
    const { slab } = link;
    const start = slab.length;
    const headerBytes = this.prepare(context, failure.code);
    slab.length = start + ENVELOPE_BYTES + headerBytes;
    writeFailure(failure, executed, slab);
    this.end(context, link, start, headerBytes, failure.code);
  }

  private body(context: RouteContext, response: unknown, slab: Slab): void {
    const entry = context.entry as HandlerEntry;
    const codec = context.json ? entry.json!.response! : entry.response!;
    const { replyHeader } = context;
    if (replyHeader === null) {
      codec.encode(response, slab);
      return;
    }
    // A whole frame of the client's protocol: its connector takes the application's fields from the header, and sets the others.
    const layout = this.core.tables.manifest.protocols[context.protocol]!.response;
    const start = slab.length;
    const size = layout.sizeOf(replyHeader);
    slab.reserve(size);
    slab.length += size;
    codec.encode(response, slab);
    slab.reserve(layout.trailer);
    slab.length += layout.trailer;
    layout.encode(replyHeader, slab, start, slab.length);
  }

  /** Null: whoever waits is gone or cannot be told; its own deadline tells it. */
  private begin(context: RouteContext): Link | null {
    const peer = context.peer!;
    const bound = ENVELOPE_BYTES + this.core.tables.manifest.internal.sizeOf(this.header);
    if (peer.alive && peer.link.begin(bound)) return peer.link;
    this.core.counters.lateAnswers++;
    return null;
  }

  private prepare(context: RouteContext, code: number): number {
    const { header, core } = this;
    const now = core.clock;
    now.now();
    header.sequence = context.sequence;
    header.messageId = "messageId" in context.entry ? context.entry.messageId : 0;
    header.serverType = core.type.typeId;
    header.timestampHigh = now.wallHigh;
    header.timestampLow = now.wallLow;
    header.errorCode = code;
    header.source = core.number;
    header.target = context.peer!.number;
    return core.tables.manifest.internal.sizeOf(header);
  }

  private end(context: RouteContext, link: Link, start: number, headerBytes: number, code: number): void {
    const { slab } = link;
    const { linkId } = context.entry;
    encodeEnvelope(slab, start, FrameKind.REPLY, code, linkId, headerBytes, context.correlation, 0, 0, 0, 0);
    this.core.tables.manifest.internal.encode(this.header, slab, start + ENVELOPE_BYTES, slab.length);
    link.end();
  }
}
