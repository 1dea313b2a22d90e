// The baseline of the benchmark `stream`: npm `ws`, which sends each line that it is given to all its clients.
// The first line on standard output is its port; lines on standard input are the messages.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { WebSocketServer } = createRequire(process.argv[2] + "/")("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(server.address().port));
server.on("connection", (client) => {
  client.on("message", (text) => {
    const asked = JSON.parse(text);
    client.send(JSON.stringify({ op: "status", id: asked.id, state: "live" }));
  });
});
createInterface({ input: process.stdin }).on("line", (line) => {
  const message = Buffer.from(line);
  for (const client of server.clients) client.send(message, { binary: false });
});
