// An IRC bridge on matrix-bot-sdk's Appservice.
"use strict";

const path = require("path");
const { Appservice, LogLevel, LogService, MatrixClient, SimpleFsStorageProvider } = require("matrix-bot-sdk");
const functions = require("./bot_functions");
const { tell, tellTokensOf } = require("./control");
const { runBridge } = require("./run_bridge");
const { ThirdParty } = require("./third_party");

class MatrixSide {
  constructor(appservice, names) {
    this._appservice = appservice;
    this._names = names;
    this._named = new Set();
  }

  get userId() {
    return this._appservice.botUserId;
  }

  ghost(nick) {
    const userId = this._names.userId(nick);
    const intent = this._appservice.getIntentForUserId(userId);
    const enter = async (roomId) => {
      await intent.ensureRegistered();
      if (!this._named.has(userId)) await intent.underlyingClient.setDisplayName(nick);
      this._named.add(userId);
      await intent.joinRoom(roomId);
    };
    return {
      userId,
      enter,
      leave: (roomId, reason) => intent.leaveRoom(roomId, reason),
      act: (name, argument) => functions[name](intent.underlyingClient, argument),
      async send(roomId, content, ts, txnId) {
        if (!ts) return intent.sendEvent(roomId, content);
        await intent.ensureRegisteredAndJoined(roomId);
        const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txnId}`;
        return intent.underlyingClient.doRequest("PUT", path, { ts }, content);
      },
    };
  }

  kick(roomId, userId, reason) {
    return this._appservice.botClient.kickUser(userId, roomId, reason);
  }

  setTopic(roomId, topic) {
    return this._appservice.botClient.sendStateEvent(roomId, "m.room.topic", "", { topic });
  }

  setPower(roomId, userId, level) {
    return this._appservice.botClient.setUserPowerLevel(userId, roomId, level ?? 0);
  }
}

tellTokensOf(MatrixClient);
runBridge(async (options, core) => {
  LogService.setLevel(LogLevel.WARN);
  const appservice = new Appservice({
    port: options.port,
    bindAddress: "127.0.0.1",
    homeserverName: options.domain,
    homeserverUrl: options.homeserver,
    registration: options.registration,
    storage: new SimpleFsStorageProvider(path.join(options.folder, "storage.json")),
  });
  core.matrix = new MatrixSide(appservice, core.names);
  appservice.on("query.user", async (userId, create) => {
    const name = await core.userAsked(userId);
    await create(name ? { display_name: name } : false);
  });
  appservice.on("query.room", async (alias, create) => {
    const room = await core.aliasAsked(alias);
    if (!room) return create(false);
    await create(room.options);
    return core.roomMade(room.channel, room.options.__roomId);
  });
  const thirdParty = new ThirdParty({ id: options.registration.id, domain: options.domain, names: options.names });
  appservice.on("thirdparty.protocol", (_, answer) => answer(thirdParty.protocol()));
  appservice.on("thirdparty.user.remote", (_, fields, answer) => answer(thirdParty.usersOf(fields)));
  appservice.on("thirdparty.user.matrix", (userId, answer) => answer(thirdParty.usersById(userId)));
  appservice.on("thirdparty.location.remote", (_, fields, answer) => answer(thirdParty.locationsOf(fields)));
  appservice.on("thirdparty.location.matrix", (alias, answer) => answer(thirdParty.locationsById(alias)));
  appservice.on("room.event", (_, event) => core.takeEvent(event));
  appservice.on("ephemeral.event", (event) => tell({ ephemeral: event }));
  await appservice.begin();
});
