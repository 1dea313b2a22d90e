// One connection to the stream: opens it with a ticket, resumes where it broke, and hands over frames.

const TICKETS = "/api/v2/stream/tickets";
const LONGEST_WAIT_MS = 15000;
const FINAL_CODES = new Set([4401, 4403]);

export class Refused extends Error {}

export async function ask(token, path, options = {}) {
  const answer = await fetch(path, {
    ...options,
    cache: "no-store",
    headers: { Authorization: `Bearer ${token}` },
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const refused = new Refused(body.message || `The API answered ${answer.status}.`);
    refused.status = answer.status;
    throw refused;
  }
  return body;
}

export class Stream {
  constructor({ token, topics, onFrame, onState }) {
    this.token = token;
    this.topics = topics;
    this.onFrame = onFrame;
    this.onState = onState;
    this.positions = {};
    this.tries = 0;
    this.wanted = true;
  }

  async open() {
    this.onState("opening", this.tries ? "Connecting again" : "Connecting");
    let ticket;
    try {
      ticket = await ask(this.token, TICKETS, { method: "POST" });
    } catch (trouble) {
      if (trouble instanceof Refused && trouble.status < 500) return this.end("broken", trouble.message);
      return this.later();
    }
    if (!this.wanted) return undefined;
    const address = new URL("/ws/v2/stream", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", ticket.ticket);
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.subscribe();
    this.socket.onmessage = (message) => this.read(JSON.parse(message.data));
    this.socket.onclose = (end) => this.ended(end);
    return undefined;
  }

  subscribe() {
    this.topics.forEach((topic, number) => {
      const position = this.positions[topic];
      const resume = position && (topic === "events" ? { sequence: position } : { clock: position });
      this.socket.send(JSON.stringify({ op: "subscribe", id: number + 1, topic, ...(resume && { resume }) }));
    });
  }

  read(frame) {
    const topic = this.topics[frame.id - 1];
    if (frame.sequence !== undefined) this.positions.events = frame.sequence;
    if (frame.clock !== undefined && topic && !frame.more) this.positions[topic] = frame.clock;
    if (frame.op === "status" && frame.state === "late") this.onState("late", "The feed is late");
    else if (frame.op === "status" && frame.state === "live") {
      this.tries = 0;
      this.onState("live", "Live");
    }
    this.onFrame(frame, topic);
  }

  ended(end) {
    if (!this.wanted) return;
    if (end.code === 4401) this.end("broken", "The token has ended or was revoked. Paste a fresh one.");
    else if (FINAL_CODES.has(end.code)) this.end("broken", `The stream was closed: ${end.reason}.`);
    else this.later();
  }

  later() {
    this.tries += 1;
    const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.onState("opening", `Connecting again in ${Math.max(1, Math.round(wait / 1000))} s`);
    this.timer = setTimeout(() => this.open(), wait);
  }

  end(state = "closed", text = "Not connected") {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.socket) this.socket.close(1000);
    this.token = "";
    this.onState(state, text);
  }
}
