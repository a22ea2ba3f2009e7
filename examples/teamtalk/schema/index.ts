/** TeamTalk's message server, as its clients of every platform know it. */
import { backend, bodyField, connector, defineSchema, gate, id, push, request, uid } from "gatesmith/schema";
import { internal, teamtalk } from "./protocol.js";

/** The services. */
const LOGIN = 1;
const MESSAGE = 3;

const front = connector("connector", {
  typeId: 2,
  handlers: {
    login: {
      login: request(id(LOGIN, 0x0103), "IM.Login.IMLoginReq", "IM.Login.IMLoginRes", {
        reply: id(LOGIN, 0x0104),
        public: true,
        failure: bodyField("result_code"),
      }),
      logout: request(id(LOGIN, 0x0105), "IM.Login.IMLogoutReq", "IM.Login.IMLogoutRsp", {
        reply: id(LOGIN, 0x0106),
        failure: bodyField("result_code"),
      }),
    },
  },
});

const message = backend("message", {
  typeId: 3,
  routeBy: uid(),
  handlers: {
    message: {
      /** Stores a message, and tells whom it is for. */
      send: request(id(MESSAGE, 0x0301), "IM.Message.IMMsgData", "IM.Message.IMMsgDataAck", {
        reply: id(MESSAGE, 0x0302),
        failure: "silent",
      }),
    },
  },
  pushes: {
    /** The same number goes up and down. */
    onMessage: push(id(MESSAGE, 0x0301), "IM.Message.IMMsgData"),
  },
});

export default defineSchema({
  name: "teamtalk",
  version: 1,
  protos: "./messages/*.proto",
  protocols: { teamtalk },
  internal,
  servers: [gate("gate", { typeId: 1 }), front, message],
});
