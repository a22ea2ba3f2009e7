import { line } from "../../../lines.js";
import { Pace } from "../../../pace.js";
import type {
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

  join({ members, perTick }: JoinRequest, { session }: WorkContext): JoinResponse {
    this.server.channel(CHANNEL).join(session);
    this.#members.add(session);
    this.#pace.join(members, perTick);
    return {};
  }

  ack(): void {
    this.#pace.acknowledge();
  }

  onSessionClosed(session: WorkSession): void {
    if (this.#members.delete(session)) this.#pace.leave();
  }
}
