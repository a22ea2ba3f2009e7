/**
 * One socket's life: it opens, says Hello, is welcomed, keeps the heartbeat, cuts what arrives into frames, and ends. It knows
 * nothing of calls and subscriptions, and never connects again: that is the connection's.
 */
import type { BodyCodec } from "../wire/body-codec.js";
import { BodyError } from "../wire/body-error.js";
import { CloseCode, mayComeBack } from "../wire/close-code.js";
import { Failure, GoAway, Hello, Kick, Ping, Welcome } from "../wire/control.js";
import { CONTROL_IDS, ControlOffset } from "../wire/control-id.js";
import { ErrorCode, errorCodeName } from "../wire/error-code.js";
import type { ResponseHeader } from "../wire/layout-codec.js";
import { nextSequence, sequenceMaximum } from "../wire/sequence.js";
import { Slab } from "../wire/slab.js";
import type { Timing } from "../wire/timing.js";
import type { ClientSocket, Dial } from "./client-socket.js";
import type { ClientDescription } from "./description.js";
import { Heartbeat } from "./heartbeat.js";
import { Outbox } from "./outbox.js";

/** Bytes of one message from the server; a larger one is a fault, and is not copied. */
export const LARGEST_MESSAGE = 16 * 1024 * 1024;

/** What the slab for incoming messages may keep between them. */
const KEPT_BYTES = 256 * 1024;

const NORMAL = 1000;

/** When Welcome does not say what the server takes. */
const DEFAULT_FRAME_BYTES = 65_535;

/** What a session tells the connection it serves. Nothing is told after `ended`. */
export interface SessionOwner {
  welcomed(welcome: Welcome): void;
  /** An answer or a push. Header and slab are valid until this returns. */
  received(header: ResponseHeader, slab: Slab): void;
  /** The server could not say which route this failure belongs to. */
  failed(sequence: number, code: number, failure: Failure): void;
  goAway(message: GoAway): void;
  gap(): void;
  /** What Ping acknowledges. `oldestRequest`: the first sequence number without an answer, 0 when there is none. */
  progress(): { readonly oldestRequest: number; readonly lastPush: number };
  /** The server sent what is not the protocol; `ended` follows. */
  faulted(): void;
  ended(end: SessionEnd): void;
}

export interface SessionEnd {
  /** The server's close code; null when this side gave the connection up. */
  readonly code: number | null;
  readonly reason: string;
  readonly comeBack: boolean;
}

export interface SessionStart {
  readonly description: ClientDescription;
  readonly timing: Timing;
  readonly dial: Dial;
  readonly url: string;
  readonly hello: Hello;
}

export class Session {
  readonly #description: ClientDescription;
  readonly #owner: SessionOwner;
  readonly #url: string;
  readonly #hello: Hello;
  readonly #header: ResponseHeader;
  readonly #socket: ClientSocket;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #control = new Slab(512);
  #incoming = new Slab(4096);
  /** The sequence number of the next frame. Hello takes the first. */
  #next = 1;
  #opened = false;
  #welcomed = false;
  #over = false;
  /** Why the server refused Hello; the close code that follows says what it means. */
  #refusal = "";

  /** Throws what `dial` throws when the address cannot be used. */
  constructor(start: SessionStart, owner: SessionOwner) {
    this.#description = start.description;
    this.#owner = owner;
    this.#url = start.url;
    this.#hello = start.hello;
    this.#header = start.description.response.create();
    this.#heartbeat = new Heartbeat(start.timing, {
      beat: () => this.#ping(),
      silent: (milliseconds) =>
        this.#giveUp(`the server was silent for ${milliseconds} ms`, CloseCode.HEARTBEAT_TIMEOUT, "silence"),
    });
    this.#socket = start.dial(start.url, {
      opened: () => this.#onOpened(),
      received: (bytes) => this.#onReceived(bytes),
      closed: (code, reason) => this.#onClosed(code, reason),
    });
    this.#outbox = new Outbox(start.description, start.timing, this.#socket);
  }

  get nextSequence(): number {
    return this.#next;
  }

  get unsentBytes(): number {
    return this.#outbox.waiting;
  }

  fits(bodyBytes: number): boolean {
    return this.#outbox.fits(bodyBytes);
  }

  /** Sends a frame under the next sequence number. */
  send(messageId: number, serverType: number, body: Uint8Array, length: number): void {
    this.#outbox.add(messageId, serverType, this.#next, body, length);
    this.#next = nextSequence(this.#next, this.#description.request.sequenceBytes);
  }

  /** Ends the session from this side, after sending what is left; the owner is not told. */
  close(code: number, reason: string): void {
    if (this.#over) return;
    if (this.#opened) this.#outbox.flush();
    this.#stop();
    this.#socket.close(code, reason);
  }

  #onOpened(): void {
    if (this.#over) return;
    this.#opened = true;
    this.#sendControl(ControlOffset.HELLO, this.#next, Hello, this.#hello);
    this.#next = nextSequence(this.#next, this.#description.request.sequenceBytes);
  }

  #onClosed(code: number, reason: string): void {
    if (this.#over) return;
    const what = this.#opened ? "the connection was closed" : `${this.#url} did not open`;
    const said = this.#refusal || reason;
    this.#stop();
    this.#owner.ended({
      code,
      reason: `${what} (code ${code})${said === "" ? "" : `: ${said}`}`,
      comeBack: mayComeBack(code),
    });
  }

  #onReceived(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#heartbeat.heard();
    if (bytes.length === 0) {
      this.#fault("an empty message");
      return;
    }
    if (bytes.length > LARGEST_MESSAGE) {
      this.#fault(`a message of ${bytes.length} bytes, of at most ${LARGEST_MESSAGE}`);
      return;
    }
    const slab = this.#incoming;
    slab.length = 0;
    slab.reserve(bytes.length);
    slab.bytes.set(bytes);
    const header = this.#header;
    const { response: layout, pair } = this.#description;
    for (let start = 0; start < bytes.length && !this.#over; start = header.bodyEnd + layout.trailer) {
      const code = layout.decode(header, slab, start, bytes.length);
      if (code !== ErrorCode.OK) {
        this.#fault(`${errorCodeName(code)} at byte ${start} of ${bytes.length}`);
        return;
      }
      if (header.compressed !== 0 || header.encrypted !== 0) {
        this.#fault("a compressed or encrypted frame, which this client cannot read");
        return;
      }
      if (pair) header.messageId += header.service * 0x10000;
      this.#onFrame(header, slab);
    }
    if (slab.bytes.length > KEPT_BYTES) this.#incoming = new Slab(4096);
  }

  #onFrame(header: ResponseHeader, slab: Slab): void {
    const offset = this.#description.controlId - header.messageId;
    if (offset >= 0 && offset < CONTROL_IDS) this.#onControl(offset, header, slab);
    else if (this.#welcomed) this.#owner.received(header, slab);
    else this.#fault(`a frame with message id ${header.messageId} before Welcome`);
  }

  #onControl(offset: number, header: ResponseHeader, slab: Slab): void {
    try {
      this.#handleControl(offset, header, slab);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.#fault(`a control message that does not decode: ${error.message}`);
    }
  }

  #handleControl(offset: number, header: ResponseHeader, slab: Slab): void {
    const { bodyStart, bodyEnd, errorCode } = header;
    if (offset === ControlOffset.KICK) {
      this.#onKick(Kick.decode(slab, bodyStart, bodyEnd));
    } else if (offset === ControlOffset.HELLO && errorCode === ErrorCode.OK) {
      this.#onWelcome(Welcome.decode(slab, bodyStart, bodyEnd));
    } else if (offset === ControlOffset.FAILURE || errorCode !== ErrorCode.OK) {
      this.#onFailure(header.sequence, errorCode, Failure.decode(slab, bodyStart, bodyEnd));
    } else if (!this.#welcomed) {
      this.#fault(`control message ${offset} before Welcome`);
    } else if (offset === ControlOffset.GO_AWAY) {
      this.#owner.goAway(GoAway.decode(slab, bodyStart, bodyEnd));
    } else if (offset === ControlOffset.GAP) {
      this.#owner.gap();
    }
    // A Pong has done its work by arriving, and what a newer server adds is not for this client.
  }

  #onFailure(sequence: number, errorCode: number, failure: Failure): void {
    if (this.#welcomed) this.#owner.failed(sequence, errorCode, failure);
    else this.#refusal = failure.message || `error ${errorCode}`;
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#welcomed) {
      this.#fault("a second Welcome");
      return;
    }
    const { name, version, schemaHash, lineage } = this.#description;
    const { schemaHash: theirs } = welcome;
    if (!welcome.understood && theirs !== "" && !lineage.includes(theirs)) {
      const ours = `${name}, schema ${schemaHash} of version ${version}`;
      const reason = `${ours}, is not compatible with the server's, ${theirs} of version ${welcome.version}`;
      const code = CloseCode.INCOMPATIBLE;
      this.#endAndClose({ code, reason, comeBack: false }, code, "incompatible schema");
      return;
    }
    this.#welcomed = true;
    this.#outbox.limit = welcome.limits?.frameBytes || DEFAULT_FRAME_BYTES;
    this.#heartbeat.start(welcome.heartbeat, welcome.timeout);
    this.#owner.welcomed(welcome);
  }

  #onKick({ code, reason }: Kick): void {
    const why = code === 0 ? CloseCode.KICKED : code;
    this.#endAndClose(
      { code: why, reason: reason || `kicked with code ${why}`, comeBack: mayComeBack(why) },
      NORMAL,
      "kicked",
    );
  }

  #ping(): void {
    const { oldestRequest, lastPush } = this.#owner.progress();
    const { sequenceBytes } = this.#description.request;
    const ackedSequence = previousSequence(oldestRequest || this.#next, sequenceBytes);
    this.#sendControl(ControlOffset.PING, 0, Ping, { ackedSequence, ackedPush: lastPush });
  }

  #sendControl<T>(offset: number, sequence: number, codec: BodyCodec<T>, message: T): void {
    const slab = this.#control;
    slab.length = 0;
    codec.encode(message, slab);
    this.#outbox.add(this.#description.controlId - offset, 0, sequence, slab.bytes, slab.length);
  }

  #fault(what: string): void {
    if (this.#over) return;
    this.#owner.faulted();
    this.#giveUp(`the server sent ${what}`, CloseCode.BAD_TRAFFIC, "protocol error");
  }

  #giveUp(reason: string, closeCode: number, closeReason: string): void {
    this.#endAndClose({ code: null, reason, comeBack: true }, closeCode, closeReason);
  }

  #endAndClose(end: SessionEnd, code: number, reason: string): void {
    if (this.#over) return;
    this.#stop();
    this.#socket.close(code, reason);
    this.#owner.ended(end);
  }

  #stop(): void {
    this.#over = true;
    this.#outbox.close();
    this.#heartbeat.stop();
  }
}

function previousSequence(sequence: number, bytes: number): number {
  return sequence > 1 ? sequence - 1 : sequenceMaximum(bytes);
}
