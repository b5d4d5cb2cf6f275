// What a bridge between one IRC network and Matrix does, whatever kit it is made with.
//
// The kit's side is `matrix`:
//   ghost(nick): {userId, enter(roomId), leave(roomId, reason), send(roomId, content, ts, txnId),
//     act(name, argument)}, the last where the kit has functions for more
//   kick(roomId, userId, reason), setTopic(roomId, topic), setPower(roomId, userId, level): as the bridge's own user
// and in return it calls aliasAsked, roomMade, userAsked and takeEvent.
"use strict";

const fs = require("fs");
const { setTimeout: pause } = require("timers/promises");
const { tell } = require("./control");

const RETRY_MS = 100;
const OPERATOR_LEVEL = 50;

class IrcBridge {
  // `stateFile` keeps which room is which channel's.
  constructor({ matrix, irc, names, stateFile }) {
    this.matrix = matrix;
    this.irc = irc;
    this.names = names;
    this.ts = 0; // If not 0: when what is said on IRC from now on was said.
    this._stateFile = stateFile;
    this._rooms = new Map(); // Room ID by channel.
    this._nicks = new Map(); // While NAMES is answered: by channel.
    this._work = new Map(); // The end of what is to be done, by channel.
    this._txn = `${Date.now()}.`;
    this._lines = 0;
    irc.on("line", (line) => this._takeLine(line));
  }

  // Takes up what was bridged before.
  async resume() {
    await this.irc.registered;
    if (!fs.existsSync(this._stateFile)) return;
    for (const [channel, roomId] of JSON.parse(fs.readFileSync(this._stateFile))) this.roomMade(channel, roomId);
  }

  // --- The homeserver asks ---

  // What the room for this alias is to be like; null if there is no such channel.
  async aliasAsked(alias) {
    const channel = this.names.channel(alias);
    const topic = channel && (await this.irc.topicOf(channel));
    if (topic === null) return null;
    return { channel, options: { preset: "public_chat", name: channel, topic } };
  }

  roomMade(channel, roomId) {
    this._rooms.set(channel, roomId);
    fs.writeFileSync(this._stateFile, JSON.stringify([...this._rooms]));
    this.irc.send(`JOIN ${channel}`);
  }

  // The display name of a user of ours; null if nobody has that nick.
  async userAsked(userId) {
    const nick = this.names.nick(userId);
    return nick && this.irc.nickIfOnline(nick);
  }

  setPower(roomId, userId, level) {
    return this._do(roomId, () => this.matrix.setPower(roomId, userId, level));
  }

  // --- Matrix to IRC ---

  takeEvent(event) {
    tell({ took: event });
    const ours = this.names.nick(event.sender) !== null;
    const target = event.type === "m.room.member" ? this.names.nick(event.state_key) : null;
    if (target !== null && !ours && event.content.membership === "invite") {
      this._do(event.room_id, async () => {
        const nick = await this.irc.nickIfOnline(target); // As it is spelled.
        if (nick) await this.matrix.ghost(nick).enter(event.room_id);
      });
    }
    const channel = this._channelOf(event.room_id);
    if (channel && !ours) this._tellIrc(channel, event, target);
  }

  _tellIrc(channel, event, target) {
    const who = event.sender.slice(1).split(":")[0];
    const left = event.content.membership === "leave";
    if (event.type === "m.room.message") this.irc.send(`PRIVMSG ${channel} :<${who}> ${event.content.body}`);
    if (event.type === "m.room.topic" && !this._isOwn(event)) this.irc.send(`TOPIC ${channel} :${event.content.topic}`);
    if (event.type !== "m.room.member" || !left) return;
    if (target !== null && !this._isOwn(event)) {
      this.irc.send(`KICK ${channel} ${target} :${event.content.reason ?? "kicked"}`);
    }
    if (event.state_key === event.sender) this.irc.send(`PRIVMSG ${channel} :* ${who} left`);
  }

  // What the bridge's own user did comes from IRC.
  _isOwn(event) {
    return event.sender === this.matrix.userId;
  }

  _channelOf(roomId) {
    for (const [channel, bridged] of this._rooms) if (bridged === roomId) return channel;
    return null;
  }

  // --- IRC to Matrix ---

  _takeLine({ nick, command, parameters }) {
    const [channel, second, third] = parameters;
    if (command === "353") return this._takeNames(parameters[2], parameters[3]);
    if (command === "366") return this._enterAll(second);
    if (!nick || nick === this.irc.nick) return undefined;
    if (command === "QUIT") return [...this._rooms.keys()].forEach((one) => this._leave(one, nick, channel));
    if (!this._rooms.has(channel)) return undefined;
    switch (command) {
      case "PRIVMSG":
        return this._say(channel, nick, second);
      case "JOIN":
        return this._inRoom(channel, (roomId) => this.matrix.ghost(nick).enter(roomId));
      case "PART":
        return this._leave(channel, nick, second);
      case "KICK":
        return this._inRoom(channel, (roomId) =>
          this.matrix.kick(roomId, this.names.userId(second), `${nick}: ${third}`),
        );
      case "TOPIC":
        return this._inRoom(channel, (roomId) => this.matrix.setTopic(roomId, second));
      case "MODE":
        if (third === this.irc.nick || (second !== "+o" && second !== "-o")) return undefined;
        return this._inRoom(channel, (roomId) =>
          this.matrix.setPower(roomId, this.names.userId(third), second === "+o" ? OPERATOR_LEVEL : undefined),
        );
      default:
        return undefined;
    }
  }

  _takeNames(channel, names) {
    const known = this._nicks.get(channel) ?? [];
    this._nicks.set(channel, known.concat(names.trim().split(" ").map((name) => name.replace(/^[@%+~&]/, ""))));
  }

  _enterAll(channel) {
    for (const nick of this._nicks.get(channel) ?? []) {
      if (nick !== this.irc.nick) this._inRoom(channel, (roomId) => this.matrix.ghost(nick).enter(roomId));
    }
    this._nicks.delete(channel);
  }

  _say(channel, nick, body) {
    const content = { msgtype: "m.text", body };
    const ts = this.ts;
    const txnId = this._txn + ++this._lines;
    return this._inRoom(channel, (roomId) => this.matrix.ghost(nick).send(roomId, content, ts, txnId));
  }

  _leave(channel, nick, reason) {
    return this._inRoom(channel, (roomId) => this.matrix.ghost(nick).leave(roomId, reason || "left"));
  }

  _inRoom(channel, act) {
    const roomId = this._rooms.get(channel);
    return roomId && this._do(roomId, () => act(roomId));
  }

  // One after the other in each room, and again until the homeserver has said yes or no.
  _do(roomId, act) {
    const before = this._work.get(roomId) ?? Promise.resolve();
    const done = before.then(() => untilAnswered(act));
    this._work.set(roomId, done);
    return done;
  }
}

async function untilAnswered(act) {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const status = error.statusCode ?? error.httpStatus ?? 0;
      if (status >= 400 && status < 500 && status !== 429) {
        tell({ refused: String(error.message ?? error) });
        return undefined;
      }
      console.error("again:", error.message ?? error);
      await pause(RETRY_MS);
    }
  }
}

module.exports = { IrcBridge };
