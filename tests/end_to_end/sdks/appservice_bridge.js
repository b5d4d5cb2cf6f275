// An IRC bridge on matrix-appservice-bridge.
"use strict";

const { MatrixClient } = require("@vector-im/matrix-bot-sdk");
const { AppServiceRegistration, Bridge, Logger } = require("matrix-appservice-bridge");
const { tell, tellTokensOf } = require("./control");
const functions = require("./intent_functions");
const { runBridge } = require("./run_bridge");
const { PROTOCOL, ThirdParty } = require("./third_party");

class MatrixSide {
  constructor(bridge, names) {
    this._bridge = bridge;
    this._names = names;
  }

  get userId() {
    return this._bridge.botUserId;
  }

  ghost(nick) {
    const userId = this._names.userId(nick);
    const intent = this._bridge.getIntent(userId);
    const enter = async (roomId) => {
      await intent.ensureProfile(nick);
      await intent.join(roomId);
    };
    return {
      userId,
      enter,
      leave: (roomId, reason) => intent.leave(roomId, reason),
      act: (name, argument) => functions[name](intent, argument),
      async send(roomId, content, ts, txnId) {
        if (!ts) return intent.sendMessage(roomId, content);
        await enter(roomId);
        const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txnId}`;
        return intent.matrixClient.doRequest("PUT", path, { ts }, content);
      },
    };
  }

  kick(roomId, userId, reason) {
    return this._bridge.getIntent().kick(roomId, userId, reason);
  }

  setTopic(roomId, topic) {
    return this._bridge.getIntent().setRoomTopic(roomId, topic);
  }

  setPower(roomId, userId, level) {
    return this._bridge.getIntent().setPowerLevel(roomId, userId, level);
  }
}

tellTokensOf(MatrixClient);
runBridge(async (options, core) => {
  Logger.configure({ console: "warn" });
  const thirdParty = new ThirdParty({ id: options.registration.id, domain: options.domain, names: options.names });
  const bridge = new Bridge({
    homeserverUrl: options.homeserver,
    domain: options.domain,
    registration: AppServiceRegistration.fromObject(options.registration),
    disableStores: true,
    escapeUserIds: false,
    suppressEcho: false, // So that the tests see what its own users did come back.
    controller: {
      onUserQuery: async (user) => {
        const name = await core.userAsked(user.getId());
        return name ? { name } : null;
      },
      onAliasQuery: async (alias, localpart) => {
        const room = await core.aliasAsked(alias);
        return room && { creationOpts: { ...room.options, room_alias_name: localpart } };
      },
      onAliasQueried: (alias, roomId) => core.roomMade(core.names.channel(alias), roomId),
      onEvent: (request) => {
        core.takeEvent(request.getData());
        request.resolve();
      },
      onEphemeralEvent: (request) => {
        tell({ ephemeral: request.getData() });
        request.resolve();
      },
      thirdPartyLookup: {
        protocols: [PROTOCOL],
        getProtocol: async () => thirdParty.protocol(),
        getUser: async (_, fields) => thirdParty.usersOf(fields),
        parseUser: async (userId) => thirdParty.usersById(userId),
        getLocation: async (_, fields) => thirdParty.locationsOf(fields),
        parseLocation: async (alias) => thirdParty.locationsById(alias),
      },
    },
  });
  await bridge.initialise();
  core.matrix = new MatrixSide(bridge, core.names);
  await bridge.getIntent().ensureRegistered(true);
  await bridge.getIntent().ensureProfile(options.ircNick);
  await bridge.listen(options.port, "127.0.0.1");
});
