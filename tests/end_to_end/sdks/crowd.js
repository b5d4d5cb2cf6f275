// A bridge on matrix-appservice-bridge with many users of its own and nobody behind them.
//
//   start {homeserver, domain, port, registration}
//   create_room {options}: by the bridge's own user; the room's ID
//   all {act, room, count, at_once}: "join", "speak" or "leave", as each of the ghosts 0 to `count`
"use strict";

const { MatrixClient } = require("@vector-im/matrix-bot-sdk");
const { AppServiceRegistration, Bridge, Logger } = require("matrix-appservice-bridge");
const { serve, tell, tellTokensOf } = require("./control");

let bridge;
let ghostPrefix;

const acts = {
  join: (intent, room) => intent.join(room),
  speak: (intent, room) => intent.sendText(room, `I am ${intent.userId}`),
  leave: (intent, room) => intent.leave(room),
};

tellTokensOf(MatrixClient);
serve({
  async start({ homeserver, domain, port, registration }) {
    Logger.configure({ console: "warn" });
    ghostPrefix = `${registration.id}_`;
    bridge = new Bridge({
      homeserverUrl: homeserver,
      domain,
      registration: AppServiceRegistration.fromObject(registration),
      disableStores: true,
      suppressEcho: false,
      logRequestOutcome: false,
      controller: {
        onUserQuery: () => null,
        onEvent: (request) => {
          tell({ took: request.getData() });
          request.resolve();
        },
      },
    });
    await bridge.initialise();
    await bridge.getIntent().ensureRegistered(true);
    await bridge.listen(port, "127.0.0.1");
  },
  async create_room({ options }) {
    return (await bridge.getIntent().createRoom({ createAsClient: true, options })).room_id;
  },
  async all({ act, room, count, at_once }) {
    let next = 0;
    const work = async () => {
      while (next < count) await acts[act](bridge.getIntentFromLocalpart(ghostPrefix + next++), room);
    };
    await Promise.all(Array.from({ length: at_once }, work));
  },
});
