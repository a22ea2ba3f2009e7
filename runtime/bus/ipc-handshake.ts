/**
 * How two processes show each other that they know the cluster's secret, without saying it: each answers the other's random challenge
 * with an HMAC-SHA256 over both names and both challenges.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Address } from "./bus.js";
import type { BusNotice } from "./cluster-messages.js";
import { encodeNotice, PacketKind } from "./packet.js";

const NONCE_BYTES = 32;

/** The larger of what either side says before it is known. */
export const HANDSHAKE_BYTES = 1024;

/** An id is a part of file names and of what is signed. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** What both sides know when both have said who they are. */
export interface Introduction {
  readonly dialer: Address;
  /** The dialer has only just come. */
  readonly joining: boolean;
  readonly listener: Address;
  readonly dialerNonce: Uint8Array;
  readonly listenerNonce: Uint8Array;
}

export const newNonce = (): Uint8Array => randomBytes(NONCE_BYTES);

/** Who a GREETING or a CHALLENGE is from; null if it cannot be one. */
export function introducedBy({ id, about, nonce }: BusNotice): Address | null {
  if (!ID.test(id) || about === 0 || nonce.length !== NONCE_BYTES) return null;
  return { id, incarnation: about };
}

export function greeting(dialer: Address, joining: boolean, nonce: Uint8Array): Uint8Array {
  return encodeNotice(PacketKind.GREETING, { id: dialer.id, about: dialer.incarnation, joining, nonce });
}

export function challenge(secret: string, introduction: Introduction): Uint8Array {
  const { listener, listenerNonce: nonce } = introduction;
  const proof = proofOf("listener", secret, introduction);
  return encodeNotice(PacketKind.CHALLENGE, { id: listener.id, about: listener.incarnation, nonce, proof });
}

export function dialerProof(secret: string, introduction: Introduction): Uint8Array {
  return encodeNotice(PacketKind.PROOF, { proof: proofOf("dialer", secret, introduction) });
}

/** Whether `proof` is what the side that knows the secret would say. */
export function isProof(
  side: "dialer" | "listener",
  proof: Uint8Array,
  secret: string,
  introduction: Introduction,
): boolean {
  const expected = proofOf(side, secret, introduction);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}

function proofOf(side: "dialer" | "listener", secret: string, introduction: Introduction): Uint8Array {
  const { dialer, joining, listener, dialerNonce, listenerNonce } = introduction;
  const names = [dialer.id, dialer.incarnation, joining, listener.id, listener.incarnation];
  return createHmac("sha256", secret)
    .update(`gatesmith ipc 1 ${side} ${names.join(" ")}\n`)
    .update(dialerNonce)
    .update(listenerNonce)
    .digest();
}
