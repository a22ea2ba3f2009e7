import { conformance } from "./conformance.js";
import { adversarial } from "./drivers.js";

for (const seed of [1, 2, 3]) conformance(adversarial(seed));
