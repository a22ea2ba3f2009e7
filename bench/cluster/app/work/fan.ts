import { line } from "../../../lines.js";
import { Pace } from "../../../pace.js";
import type {
  Ack,
  JoinRequest,
  JoinResponse,
  WorkContext,
  WorkFan,
  WorkServer,
  WorkSession,
} from "../../generated/server/index.js";

const CHANNEL = "everybody";

/** One channel that everybody joins, published to as often as its members can take it. */
export class Fan implements WorkFan {
  readonly server: WorkServer;
  readonly #pace: Pace;
  readonly #members = new Set<WorkSession>();

  constructor(server: WorkServer) {
    this.server = server;
    this.#pace = new Pace(() => this.server.push.onTick.toChannel(CHANNEL, line));
  }

  join(pace: JoinRequest, { session }: WorkContext): JoinResponse {
    this.server.channel(CHANNEL).join(session);
    this.#members.add(session);
    this.#pace.join(pace);
    return {};
  }

  ack(_ack: Ack, { session }: WorkContext): void {
    this.#pace.acknowledge(session);
  }

  onSessionClosed(session: WorkSession): void {
    if (this.#members.delete(session)) this.#pace.leave();
  }
}
