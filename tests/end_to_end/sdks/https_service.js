// An application service over https, on Node's own server: HTTP/2 where the caller wants it, HTTP/1.1 else. Answers
// `200 {}` to everything, and tells what it was asked: {"asked": {"method", "path", "http", "bytes"}}.
//
//   start {key, certificate}: files, PEM. Gives its port.
"use strict";

const fs = require("fs");
const http2 = require("http2");
const { serve, tell } = require("./control");

serve({
  start({ key, certificate }) {
    const options = { key: fs.readFileSync(key), cert: fs.readFileSync(certificate), allowHTTP1: true };
    const server = http2.createSecureServer(options, async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      tell({ asked: { method: request.method, path: request.url, http: request.httpVersion, bytes } });
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{}");
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
  },
});
