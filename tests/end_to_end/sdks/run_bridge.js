// The part that all bridges here start with.
//
//   start {homeserver, domain, port, ircPort, ircNick, registration, folder, names}
//   set_time {ts}: when what is said on IRC from now on was said, in milliseconds; 0: now
//   set_power {room, user, level}
//   as_ghost {nick, act, with}: one of the functions that the kit has for its ghosts
"use strict";

const path = require("path");
const { serve } = require("./control");
const { IrcBridge } = require("./irc_bridge");
const { IrcConnection } = require("./irc_connection");
const { Names } = require("./names");

// `connect(options, bridge)` makes the kit's side of it and starts to listen.
function runBridge(connect) {
  let bridge;
  serve({
    async start(options) {
      const names = new Names({ domain: options.domain, ...options.names });
      const irc = new IrcConnection(options.ircPort, options.ircNick);
      bridge = new IrcBridge({ irc, names, stateFile: path.join(options.folder, "rooms.json") });
      await irc.registered;
      await connect(options, bridge);
      await bridge.resume();
    },
    async set_time({ ts }) {
      bridge.ts = ts;
    },
    set_power: ({ room, user, level }) => bridge.setPower(room, user, level),
    as_ghost: ({ nick, act, with: argument }) => bridge.matrix.ghost(nick).act(act, argument),
  });
}

module.exports = { runBridge };
