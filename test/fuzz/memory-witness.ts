/** A client in memory that is alone in its room, and is answered rightly whatever the others do. */
import type { TestCluster, VirtualTiming } from "gatesmith/testing";
import { expect } from "vitest";
import { ChatLine, SendResponse } from "../../generated/server/index.js";
import { decoded, enterFrame, Id, pingFrame, sendFrame } from "../abuse/frames.js";
import { MemoryClient } from "../abuse/memory-client.js";
import { frontendOf } from "../abuse/reference-cluster.js";

/** The control message by which a client hears of lost pushes. */
const GAP = Id.HELLO - 4;

export class MemoryWitness {
  rounds = 0;
  private readonly client: MemoryClient;
  private sequence = 2;
  private said: string | null = null;

  constructor(cluster: TestCluster) {
    this.client = new MemoryClient(frontendOf(cluster, "connector-1"));
    this.client.hello();
    this.client.send(enterFrame(2, "witness", "witness"));
  }

  say(): void {
    this.said = `line ${++this.sequence}`;
    this.client.send(sendFrame(this.sequence, "witness", this.said));
  }

  check(): void {
    const frames = this.take();
    if (this.said === null) {
      expect(frames.filter(({ errorCode }) => errorCode !== 0)).toEqual([]);
      return;
    }
    expect(frames.map(({ messageId, sequence, errorCode }) => [messageId, sequence, errorCode])).toEqual([
      [Id.ON_CHAT, this.rounds + 1, 0],
      [Id.SEND, this.sequence, 0],
    ]);
    const [push, answer] = frames;
    const { text, sentAt, from } = decoded(ChatLine, push!.body);
    expect([text, from]).toEqual([this.said, "witness"]);
    expect(decoded(SendResponse, answer!.body)).toEqual({ sentAt });
    this.rounds++;
  }

  /** Half a minute, in which every deadline passes. */
  async wait(timing: VirtualTiming): Promise<void> {
    await timing.settle(10);
    this.check();
    this.said = null;
    for (let count = 0; count < 10; count++) {
      this.client.send(pingFrame());
      await timing.settle(3_000);
      expect(this.take()).toMatchObject([{ messageId: Id.PING, errorCode: 0 }]);
    }
  }

  leave(): void {
    this.client.cut();
  }

  /** A rogue that leaves may have lost pushes: clients are told so. */
  private take() {
    return this.client.take().filter(({ messageId }) => messageId !== GAP);
  }
}
