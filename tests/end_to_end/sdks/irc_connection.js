// As much of an IRC client as a bridge needs: lines in order, and two questions.
"use strict";

const { EventEmitter } = require("events");
const net = require("net");
const readline = require("readline");

// ":Bob!~bob@host PRIVMSG #matrix :hello?" -> {nick: "Bob", command: "PRIVMSG", parameters: [...]}
function parse(text) {
  let nick = "";
  if (text.startsWith(":")) {
    const [prefix] = text.split(" ", 1);
    text = text.slice(prefix.length + 1);
    nick = prefix.includes("!") ? prefix.slice(1).split("!")[0] : "";
  }
  const colon = text.indexOf(" :");
  const words = (colon < 0 ? text : text.slice(0, colon)).split(" ").filter(Boolean);
  const [command, ...parameters] = words;
  if (colon >= 0) parameters.push(text.slice(colon + 2));
  return { nick, command, parameters };
}

// Emits "line" for each line of the server.
class IrcConnection extends EventEmitter {
  constructor(port, nick) {
    super();
    this.nick = nick;
    this._topics = new Map(); // While a LIST is answered: by channel.
    this._waiting = { 303: [], 323: [] }; // Who awaits the end of an ISON or a LIST, in order.
    this._socket = net.connect(port, "127.0.0.1");
    this._socket.setEncoding("utf8");
    this.registered = new Promise((resolve, reject) => {
      this.once("001", resolve);
      this._socket.once("error", reject);
    });
    readline.createInterface({ input: this._socket }).on("line", (line) => this._take(parse(line)));
    this.send(`NICK ${nick}`);
    this.send(`USER ${nick} 0 * :${nick}`);
  }

  send(line) {
    this._socket.write(line.replace(/[\r\n\0]/g, " ") + "\r\n");
  }

  // The channel's topic, "" without one; null if there is no such channel.
  async topicOf(channel) {
    this.send(`LIST ${channel}`);
    await new Promise((resolve) => this._waiting[323].push(resolve));
    return this._topics.get(channel) ?? null;
  }

  // How the nick is really spelled, null if nobody has it.
  async nickIfOnline(nick) {
    this.send(`ISON ${nick}`);
    const line = await new Promise((resolve) => this._waiting[303].push(resolve));
    return line.parameters.at(-1).trim() || null;
  }

  _take(line) {
    if (line.command === "PING") this.send(`PONG :${line.parameters.at(-1)}`);
    if (line.command === "322") this._topics.set(line.parameters[1], line.parameters[3] ?? "");
    this._waiting[line.command]?.shift()?.(line);
    this.emit(line.command, line);
    this.emit("line", line);
  }
}

module.exports = { IrcConnection };
