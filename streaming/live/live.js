// The page: shows the frames of the stream, and asks for deliveries every two seconds.

import { Refused, Stream, ask } from "/docs/live/frames.js";

const ROWS = 200;
const DELIVERY_MS = 2000;
const SECONDS = 60;
const find = (id) => document.getElementById(id);
const counts = { events: 0, odds: 0, fixtures: 0 };
const markets = new Map();
const fixtures = new Map();
const names = new Map();
const shownDeliveries = new Map();
const perSecond = Array(SECONDS).fill(0);
let stream = null;
let deliveryTimer = 0;
let isPaused = false;
let waiting = [];

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function row(...parts) {
  const made = make("li", "row fresh");
  made.append(...parts);
  return made;
}

function line(...parts) {
  const made = make("div", "line");
  made.append(...parts);
  return made;
}

function put(list, element) {
  list.prepend(element);
  while (list.children.length > ROWS) list.lastElementChild.remove();
}

const time = (text) => new Date(text).toLocaleTimeString("en-GB", { hour12: false });
const moment = (text) => new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
const clockTime = () => new Date().toLocaleTimeString("en-GB", { hour12: false });

// Events.

function summary(data) {
  const parts = [];
  if (data.reference) parts.push(data.reference);
  if (data.status) parts.push(data.status.replaceAll("_", " "));
  if (data.stake) parts.push(`stake ${data.stake} ${data.currency}`);
  if (data.payout) parts.push(`payout ${data.payout} ${data.currency}`);
  if (data.amount) parts.push(`${data.amount} ${data.currency || ""}`.trim());
  if (data.odds && !data.stake) parts.push(`odds ${data.previousOdds ? `${data.previousOdds} → ` : ""}${data.odds}`);
  const id = data.betId || data.playerId || data.fixtureId || data.statementId;
  return parts.length ? parts.join(" · ") : id || "";
}

function eventRow(frame) {
  const details = make("details");
  const head = make("summary");
  head.append(
    line(
      make("span", "number", `#${frame.sequence}`),
      make("span", "type", frame.type),
      make("span", "told grow", summary(frame.data)),
      make("time", "time", time(frame.occurredAt)),
    ),
  );
  details.append(head);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(make("pre", "", JSON.stringify({ eventId: frame.eventId, ...frame.data }, null, 2)));
    }
  });
  const made = row(details);
  made.dataset.text = `${frame.type} ${frame.eventId} ${JSON.stringify(frame.data)}`.toLowerCase();
  made.hidden = !made.dataset.text.includes(find("events-filter").value.toLowerCase());
  return made;
}

function showEvent(frame) {
  if (isPaused) {
    waiting.push(frame);
    if (waiting.length > ROWS) waiting.shift();
  } else put(find("events"), eventRow(frame));
}

// Odds.

function marketTitle(market) {
  const line = market.line === null ? "" : ` ${market.line}`;
  return `${market.type.replaceAll("_", " ")}${line}`;
}

function showMarket(market, isNews) {
  const before = markets.get(market.marketId);
  if (before && before.version > market.version) return;
  markets.set(market.marketId, { ...market, row: before && before.row });
  if (!isNews) return;
  const prices = make("div", "odds");
  for (const outcome of market.outcomes) {
    const old = before && before.outcomes.find((each) => each.outcomeId === outcome.outcomeId);
    const moved = old ? Math.sign(Number(outcome.odds) - Number(old.odds)) : 0;
    const price = make("span", `price${moved > 0 ? " up" : moved < 0 ? " down" : ""}`);
    price.append(make("span", "", outcome.name), make("b", "", outcome.odds));
    if (moved) price.append(make("span", "", moved > 0 ? "▲" : "▼"));
    prices.append(price);
  }
  const isOpen = market.status === "open";
  const made = row(
    line(
      make("span", "type grow", names.get(market.fixtureId) || market.fixtureId),
      make("span", `badge${isOpen ? " good" : ""}`, market.status),
      make("time", "time", clockTime()),
    ),
    make("p", "told", `${marketTitle(market)} · ${market.competition}`),
    prices,
  );
  if (before && before.row) before.row.remove();
  markets.get(market.marketId).row = made;
  put(find("odds"), made);
}

// Fixtures.

function showFixture(fixture, isNews) {
  names.set(fixture.fixtureId, `${fixture.home} – ${fixture.away}`);
  const before = fixtures.get(fixture.fixtureId);
  fixtures.set(fixture.fixtureId, before);
  if (!isNews) return;
  const score = fixture.score ? `${fixture.score.home}:${fixture.score.away}` : "";
  const status = fixture.status.replaceAll("_", " ");
  const made = row(
    line(
      make("span", "type grow", `${names.get(fixture.fixtureId)} ${score}`.trim()),
      make("span", `badge${fixture.status === "in_play" ? " good" : ""}`, status),
      make("time", "time", clockTime()),
    ),
    make("p", "told", `${fixture.competition} · starts ${moment(fixture.startsAt)}`),
  );
  if (before) before.remove();
  fixtures.set(fixture.fixtureId, made);
  put(find("fixtures"), made);
}

// Deliveries.

function deliveryRow(delivery, endpoint) {
  const isGood = delivery.state === "delivered";
  const isBad = delivery.state === "dead";
  const count = delivery.attemptCount;
  return row(
    line(
      make("span", "number", delivery.sequence === undefined ? "" : `#${delivery.sequence}`),
      make("span", "type", delivery.type),
      make("span", "told grow", `${new URL(endpoint.url).host} · ${count} ${count === 1 ? "attempt" : "attempts"}`),
      make("span", `badge${isGood ? " good" : isBad ? " bad" : ""}`, delivery.state),
      make("time", "time", delivery.createdAt ? time(delivery.createdAt) : ""),
    ),
  );
}

async function showDeliveries(token) {
  const { data: endpoints } = await ask(token, "/api/v2/webhook-endpoints");
  const found = [];
  for (const endpoint of endpoints.slice(0, 5)) {
    const page = await ask(token, `/api/v2/webhook-endpoints/${endpoint.endpointId}/deliveries`);
    found.push(...page.data.map((delivery) => ({ delivery, endpoint })));
  }
  found.sort((one, other) => (one.delivery.deliveryId < other.delivery.deliveryId ? -1 : 1));
  for (const { delivery, endpoint } of found) {
    const known = shownDeliveries.get(delivery.deliveryId);
    const mark = `${delivery.state} ${delivery.attemptCount}`;
    if (known && known.mark === mark) continue;
    const made = deliveryRow(delivery, endpoint);
    if (known) known.made.replaceWith(made);
    else put(find("deliveries"), made);
    shownDeliveries.set(delivery.deliveryId, { mark, made });
  }
}

function watchDeliveries(token) {
  const look = async () => {
    try {
      await showDeliveries(token);
    } catch (trouble) {
      if (trouble instanceof Refused && trouble.status === 403) {
        find("deliveries-empty").textContent = "This token may not read deliveries: it needs the scope webhooks:write.";
        return;
      }
      if (trouble instanceof Refused && trouble.status === 401) return;
    }
    deliveryTimer = setTimeout(look, DELIVERY_MS);
  };
  look();
}

// Frames.

function onFrame(frame, topic) {
  perSecond[SECONDS - 1] += 1;
  if (frame.op === "error") return tell(`${frame.code}: ${frame.message}`);
  if (frame.op === "event") {
    counts.events += 1;
    showEvent(frame);
  } else if (frame.op === "snapshot" || frame.op === "delta") {
    const isNews = frame.op === "delta";
    const changes = frame.markets || frame.fixtures || [];
    if (isNews) counts[topic] += changes.length;
    changes.forEach((each) => (topic === "odds" ? showMarket(each, isNews) : showFixture(each, isNews)));
  }
  return undefined;
}

function showFigures() {
  find("events-count").textContent = counts.events.toLocaleString("en");
  find("odds-count").textContent = counts.odds.toLocaleString("en");
  find("fixtures-count").textContent = counts.fixtures.toLocaleString("en");
  const position = stream && stream.positions.events;
  find("events-position").textContent = `sequence ${position ?? "–"}`;
  find("odds-position").textContent = markets.size ? `${markets.size.toLocaleString("en")} markets known` : "– markets";
  find("fixtures-position").textContent = names.size ? `${names.size.toLocaleString("en")} fixtures known` : "– fixtures";
  find("rate").textContent = perSecond[SECONDS - 2].toLocaleString("en");
}

setInterval(() => {
  perSecond.push(0);
  perSecond.shift();
  const most = Math.max(1, ...perSecond);
  const points = perSecond.map((value, place) => `${(place * 120) / (SECONDS - 1)},${23 - (value / most) * 21}`);
  find("spark").firstElementChild.setAttribute("points", points.join(" "));
  showFigures();
}, 1000);

// The form.

function tell(text) {
  find("trouble").textContent = text;
  find("trouble").hidden = !text;
}

function onState(state, text) {
  find("state").dataset.state = state;
  find("state-text").textContent = state === "broken" ? "Refused" : text;
  if (state === "broken") tell(text);
  const isOpen = state !== "closed" && state !== "broken";
  find("open").disabled = isOpen;
  find("close").disabled = !isOpen;
  if (!isOpen) clearTimeout(deliveryTimer);
}

find("connect").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const token = find("token").value.trim();
  const chosen = [...document.querySelectorAll("input[name=topic]:checked")].map((box) => box.value);
  find("token").value = "";
  tell("");
  if (!chosen.length) return tell("Choose at least one topic.");
  // Fixtures first: they have the names under which odds are shown.
  const topics = ["fixtures", "odds", "events"].filter((topic) => chosen.includes(topic));
  stream = new Stream({ token, topics, onFrame, onState });
  stream.open();
  if (chosen.includes("deliveries")) watchDeliveries(token);
  return undefined;
});

find("close").addEventListener("click", () => stream && stream.end());
find("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  find("pause").setAttribute("aria-pressed", String(isPaused));
  find("pause").textContent = isPaused ? "Go on" : "Pause";
  if (!isPaused) waiting.splice(0).forEach((frame) => put(find("events"), eventRow(frame)));
});
find("events-filter").addEventListener("input", () => {
  const text = find("events-filter").value.toLowerCase();
  for (const each of find("events").children) each.hidden = !each.dataset.text.includes(text);
});
