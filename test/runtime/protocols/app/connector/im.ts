import {
  type ConnectorContext,
  type ConnectorIm,
  type ConnectorServer,
  failure,
  type LoginReq,
  type LoginRes,
  ResultType,
} from "../../generated/server/index.js";

export class Im implements ConnectorIm {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  async login({ userName, password }: LoginReq, { session }: ConnectorContext): Promise<LoginRes> {
    if (password === "wrong") {
      return { serverTime: 1, resultCode: ResultType.REFUSE_REASON_DB_VALIDATE_FAILED, resultString: "no" };
    }
    if (password === "throw") throw failure("WRONG_PASSWORD");
    await session.update({ name: userName, room: "square" });
    await session.bind(userName);
    return { serverTime: 0x01020304, resultCode: ResultType.REFUSE_REASON_NONE };
  }
}
