import { defineApplication } from "../generated/server/index.js";
import { Login } from "./connector/login.js";
import { Own } from "./connector/own.js";
import { Entry } from "./gate/entry.js";
import { Here as KeyedHere } from "./keyed/here.js";
import { Here as LeastHere } from "./least/here.js";
import { Here as PinnedHere } from "./pinned/here.js";
import { Here as RoomsHere } from "./rooms/here.js";
import { Here as TurnHere } from "./turn/here.js";
import { Clock } from "./work/clock.js";
import { Jobs } from "./work/jobs.js";

export default defineApplication({
  gate: { groups: { entry: Entry } },
  leastGate: { groups: {} },
  turnGate: { groups: {} },
  connector: { groups: { login: Login, own: Own } },
  work: { groups: { jobs: Jobs, clock: Clock } },
  rooms: { groups: { here: RoomsHere } },
  pinned: { groups: { here: PinnedHere } },
  keyed: { groups: { here: KeyedHere } },
  turn: { groups: { here: TurnHere } },
  least: { groups: { here: LeastHere } },
});
