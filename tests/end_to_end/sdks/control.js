// How a program here is told what to do, and tells what it sees: one JSON object a line, on the
// socket whose file descriptor is its only argument.
//
//   to the program:    {"id": 1, "call": "join", "with": {"room": "#x:y"}}
//   from the program:  {"id": 1, "result": ...}  or  {"id": 1, "error": {"message": "...", "errcode": "M_..."}}
//   at any time:       {"event": {...}}
//                      {"token": "..."}  one that it was given, in no log or metric of ours to be found
//
// It ends when the other side closes, so none is left behind.
"use strict";

const net = require("net");
const readline = require("readline");

const socket = new net.Socket({ fd: Number(process.argv[2]), readable: true, writable: true });

function write(message) {
  socket.write(JSON.stringify(message) + "\n");
}

function describe(error) {
  // The kits' errors have their errcode in different places.
  const errcode = error.errcode || error.data?.errcode || error.body?.errcode || "";
  return { message: String(error.stack || error.message || error), errcode };
}

// Tells what has happened.
function tell(event) {
  write({ event });
}

function tellToken(token) {
  write({ token });
}

// Tells each access token that a matrix-bot-sdk is answered with; what it does with them differs.
function tellTokensOf(MatrixClient) {
  const { doRequest } = MatrixClient.prototype;
  MatrixClient.prototype.doRequest = async function (...request) {
    const answer = await doRequest.apply(this, request);
    if (answer?.access_token) tellToken(answer.access_token);
    return answer;
  };
}

// Answers calls from now on. `calls`: functions by name, which take an object and give a promise.
function serve(calls) {
  readline.createInterface({ input: socket }).on("line", async (line) => {
    const { id, call, with: argument } = JSON.parse(line);
    try {
      write({ id, result: (await calls[call](argument)) ?? null });
    } catch (error) {
      write({ id, error: describe(error) });
    }
  });
  socket.on("close", () => process.exit(0));
  // The kits leave promises behind that nobody awaits; a real program survives that too.
  process.on("unhandledRejection", (error) => console.error("unhandled:", error));
}

// Functions of something and an argument as calls: `it` gives what they are of.
function bound(functions, it) {
  const call = (name) => (argument) => functions[name](it(), argument);
  return Object.fromEntries(Object.keys(functions).map((name) => [name, call(name)]));
}

module.exports = { bound, serve, tell, tellToken, tellTokensOf };
