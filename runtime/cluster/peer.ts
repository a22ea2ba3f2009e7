/** Another server, or oneself, as this server's view knows it: its record and the link to it. */
import type { Address, Link } from "../bus/bus.js";
import type { ListenerRecord } from "../bus/cluster-messages.js";
import { HomeWords } from "./home-words.js";
import type { Notice } from "./notice.js";
import { hashText } from "./rendezvous.js";
import type { ServerRecordFields, ServerState } from "./server-record.js";

/**
 * What administrators announce in place of a server type: members of the bus that ask servers how they are, or tell them what to do. They
 * are not part of the cluster's work, come and go unnoticed, and must know the secret like any member. No server type is called so.
 */
export const ADMINISTRATOR = "@administrator";
/** An administrator that starts and ends servers' processes. */
export const SUPERVISOR = "@supervisor";

export const isAdministrator = (type: string) => type.startsWith("@");

export class Peer {
  readonly id: string;
  readonly incarnation: number;
  readonly idHash: number;
  readonly link: Link;
  /** For pushes and changes of channels and homes: the link, but to oneself a way that takes no time. */
  direct: Link;
  readonly type: string;
  /** It is no server. */
  readonly administrates: boolean;
  /** Index of the type in the manifest; -1 if this schema does not know it. */
  readonly typeIndex: number;
  readonly number: number;
  readonly frontend: boolean;
  /** Of its schema: it has the routes that began in this version or before. */
  readonly version: number;
  state: ServerState = "starting";
  /** As announced last. */
  load = 0;
  /** What this server gave it since, and what is forgotten after a while: whoever asked for a server need not have gone there. */
  given = 0;
  listeners: readonly ListenerRecord[] = [];
  alive = true;
  /** It has missed a beat: what it has stays with it, and nobody new is sent there. */
  suspect = false;
  /** What it and this server have told each other about homes. */
  readonly homes = new HomeWords();
  /** Pushes were given to it as a home, which others may have missed if they are lost: the epoch in which that began, or 0. */
  passesSince = 0;
  /** What the link did not take yet, and must not lose: see `notices.ts`. */
  waiting: Notice[] = [];

  constructor(address: Address, link: Link, typeIndex: number, record: ServerRecordFields) {
    this.id = address.id;
    this.incarnation = address.incarnation;
    this.idHash = hashText(address.id);
    this.link = link;
    this.direct = link;
    this.type = record.type;
    this.administrates = isAdministrator(record.type);
    this.typeIndex = typeIndex;
    this.number = record.number;
    this.frontend = record.frontend;
    this.version = record.version;
    this.update(record);
  }

  update(record: ServerRecordFields): void {
    // Whoever drains never takes new work again. A record may come after the word of it that overtook the record.
    if (this.state !== "draining") this.state = record.state;
    this.load = record.load;
    this.given = 0;
    this.listeners = record.listeners;
  }
}
