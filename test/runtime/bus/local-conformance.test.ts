import { conformance } from "./conformance.js";
import { local } from "./drivers.js";

conformance(local);
