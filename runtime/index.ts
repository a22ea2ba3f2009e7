/** `gatesmith/runtime`: what generated code and applications import. */

export { CloseCode } from "../wire/close-code.js";
export { type Executed, FIRST_APPLICATION_ERROR } from "../wire/error-code.js";
export * from "../wire/generated-code.js";
export type { Timer, Timing } from "../wire/timing.js";
export type {
  AfterFilter,
  AnyContext,
  BackendServer,
  BeforeFilter,
  CallOptions,
  Channel,
  ChannelMembers,
  ConnectorServer,
  Endpoint,
  Filters,
  GateServer,
  GroupClass,
  GroupLifecycle,
  HandlerContext,
  Outcome,
  PushOptions,
  PushSender,
  RemoteContext,
  RpcTarget,
  RunnableApplication,
  ScheduleContext,
  Server,
  ServerInfo,
  ServerTypeDefinition,
} from "./backend/application.js";
export { ApplicationError } from "./backend/application-groups.js";
export { BusError, DuplicateServerError } from "./bus/bus-error.js";
export { Failure } from "./failure.js";
export { ListenError } from "./frontend/listener.js";
export type {
  HandlerEntry,
  Manifest,
  ProtocolEntry,
  PushEntry,
  RemoteEntry,
  RoutingEntry,
  ScheduleEntry,
  ServerTypeEntry,
  SessionCodec,
} from "./manifest.js";
export {
  type Configuration,
  ConfigurationError,
  type ConfigurationInput,
  defineConfig,
  type ResolveOptions,
  resolveConfiguration,
} from "./operate/configuration.js";
export { StoppedError } from "./operate/stopped-error.js";
export type { BindOptions, Session } from "./session/session.js";
export { type Cluster, type StartOptions, startCluster } from "./start-cluster.js";
export { type StartedServer, type StartServerOptions, startServer } from "./start-server.js";
