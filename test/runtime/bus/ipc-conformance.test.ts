import { conformance } from "./conformance.js";
import { ipc } from "./drivers.js";

conformance(ipc);
