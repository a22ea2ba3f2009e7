/** `gatesmith/testing`: the whole cluster in memory, a typed client without a socket, and time that passes when a test says so. */
export { ClientNetwork } from "./client-network.js";
export { type Inbox, inbox } from "./inbox.js";
export {
  type ClientClass,
  startTestCluster,
  TestCluster,
  type TestClusterOptions,
  type TestConnectOptions,
} from "./test-cluster.js";
export { VirtualTiming, type VirtualTimingOptions } from "./virtual-timing.js";
