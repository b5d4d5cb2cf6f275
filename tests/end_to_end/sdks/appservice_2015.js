// An IRC bridge on matrix-appservice 0.0.3, of the days of the draft. It registers itself, at
// every start, and brings no client: requests go out with the token and the user as parameters.
"use strict";

const q = require("q");
const appservice = require("matrix-appservice");
const { tellToken } = require("./control");
const { runBridge } = require("./run_bridge");

class MatrixSide {
  constructor(options, names) {
    this._options = options;
    this._names = names;
    this._maker = names.userId("maker");
  }

  get userId() {
    return this._maker;
  }

  async call(method, path, body, userId = this._maker, more = {}) {
    const query = new URLSearchParams({ access_token: this._options.registration.as_token, user_id: userId, ...more });
    const response = await fetch(`${this._options.homeserver}/_matrix/client/v3${path}?${query}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    throw Object.assign(new Error(`${method} ${path}: ${JSON.stringify(answer)}`), {
      statusCode: response.status,
      errcode: answer.errcode,
    });
  }

  async register(userId) {
    const username = userId.slice(1).split(`:${this._options.domain}`)[0];
    const body = { type: "m.login.application_service", username, user: username };
    await this.call("POST", "/register", body).catch((error) => {
      if (error.errcode !== "M_USER_IN_USE") throw error;
    });
  }

  async makeUser(userId, name) {
    await this.register(userId);
    await this.call("PUT", `/profile/${encodeURIComponent(userId)}/displayname`, { displayname: name }, userId);
  }

  async makeRoom(options) {
    await this.register(this._maker);
    return (await this.call("POST", "/createRoom", options)).room_id;
  }

  ghost(nick) {
    const userId = this._names.userId(nick);
    const room = (roomId) => `/rooms/${encodeURIComponent(roomId)}`;
    return {
      userId,
      // Unknown to the homeserver, which asks us while this waits.
      enter: (roomId) => this.call("POST", `/join/${encodeURIComponent(roomId)}`, {}, userId),
      leave: (roomId, reason) => this.call("POST", `${room(roomId)}/leave`, { reason }, userId),
      send: (roomId, content, ts, txnId) =>
        this.call("PUT", `${room(roomId)}/send/m.room.message/${txnId}`, content, userId, ts ? { ts } : {}),
    };
  }

  kick(roomId, userId, reason) {
    return this.call("POST", `/rooms/${encodeURIComponent(roomId)}/kick`, { user_id: userId, reason });
  }

  setTopic(roomId, topic) {
    return this.call("PUT", `/rooms/${encodeURIComponent(roomId)}/state/m.room.topic`, { topic });
  }

  async setPower(roomId, userId, level) {
    const path = `/rooms/${encodeURIComponent(roomId)}/state/m.room.power_levels`;
    const content = await this.call("GET", path);
    return this.call("PUT", path, { ...content, users: { ...content.users, [userId]: level ?? 0 } });
  }
}

// The kit's promises are of the library `q`, and it calls their `done`.
function existsIf(promise) {
  return q(promise.then((found) => found || Promise.reject(new Error("there is none"))));
}

runBridge(async (options, core) => {
  const matrix = new MatrixSide(options, core.names);
  core.matrix = matrix;
  const service = {
    serviceName: "irc",
    register(controller) {
      controller.on("registered", ({ hsToken }) => tellToken(hsToken));
      const { users, aliases } = options.registration.namespaces;
      for (const { regex, exclusive } of users) controller.addRegexPattern("users", regex, exclusive);
      for (const { regex, exclusive } of aliases) controller.addRegexPattern("aliases", regex, exclusive);
      controller.setUserQueryResolver((userId) =>
        existsIf(core.userAsked(userId).then((name) => name && matrix.makeUser(userId, name).then(() => true))),
      );
      controller.setAliasQueryResolver((alias) =>
        existsIf(
          core.aliasAsked(alias).then(async (room) => {
            if (!room) return false;
            const localpart = core.names.aliasLocalpart(room.channel);
            core.roomMade(room.channel, await matrix.makeRoom({ ...room.options, room_alias_name: localpart }));
            return true;
          }),
        ),
      );
      // It looks for no repeated transactions, so its user has to.
      const taken = new Set();
      controller.on("event", (event) => {
        if (!taken.has(event.event_id)) core.takeEvent(event);
        taken.add(event.event_id);
      });
    },
  };
  // The kit listens wherever `listen` is told to: here, on the loopback address.
  const port = { port: options.port, host: "127.0.0.1" };
  const url = `http://127.0.0.1:${options.port}`;
  appservice.registerServices([{ service, hs: options.homeserver, as: url, token: options.registration.as_token, port }]);
  appservice.runForever();
});
