import {
  backend,
  bodyField,
  connector as connectorType,
  gate as gateType,
  id,
  notify,
  push,
  request,
  sessionData,
} from "gatesmith/schema";

export const gate = gateType("gate", { typeId: 1 });

export const connector = connectorType("connector", {
  typeId: 2,
  handlers: {
    door: {
      /** Binds the session, and sets its data. */
      enter: request(2001, "town.Citizen", "town.Nothing", { public: true, failure: "silent" }),
      /** Answers, on the connector itself. */
      echo: request(2002, "town.Text", "town.Text", { public: true, failure: bodyField("code") }),
      /** Not public. */
      secret: request(2003, "town.Text", "town.Text", { failure: bodyField("code") }),
    },
    im: {
      /** TeamTalk's login. */
      login: request(id(1, 0x0103), "IM.LoginReq", "IM.LoginRes", {
        reply: id(1, 0x0104),
        public: true,
        failure: bodyField("result_code"),
      }),
    },
  },
});

export const room = backend("room", {
  typeId: 3,
  routeBy: sessionData("room"),
  handlers: {
    talk: {
      /** Enters the session's room. */
      join: request(3001, "town.Nothing", "town.Nothing", { failure: "silent" }),
      /** Says something to everybody in the room. */
      say: request(3002, "town.Text", "town.Text", { failure: bodyField("code") }),
      shout: notify(3003, "town.Text"),
    },
    im: {
      /** Everybody's names; entering the room. */
      members: request(id(4, 0x0401), "IM.MembersReq", "IM.MembersRes", {
        reply: id(4, 0x0402),
        failure: bodyField("result_code"),
      }),
      /** Says something to everybody in the room. */
      message: request(id(3, 0x0301), "IM.MsgData", "IM.MsgDataAck", { reply: id(3, 0x0302), failure: "silent" }),
    },
  },
  pushes: {
    onLine: push(3101, "town.Line"),
    onMessage: push(id(3, 0x0301), "IM.MsgData"),
  },
});
