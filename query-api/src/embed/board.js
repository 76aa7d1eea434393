// The board that the page's address names, and every change of it.
"use strict";

const scope = decodeURIComponent(location.pathname.split("/").pop());
const wanted = new URLSearchParams(location.search);
const places = document.getElementById("places");
const status = document.getElementById("status");

let board;

// docs/live.md: who left and who is placed goes out, the latter to their places; ranks follow from the order.
function applied(board, { left, placed }) {
  const moved = new Set([...left, ...placed.map((entry) => entry.learner_id)]);
  const entries = board.entries.filter((entry) => !moved.has(entry.learner_id));
  for (const { place, from, ...entry } of placed) entries.splice(place - 1, 0, entry);
  let before;
  const ranked = entries.map((entry, index) => {
    const ties = before && ["points", "reached_at", "cpu_ms"].every((name) => before[name] === entry[name]);
    before = { ...entry, rank: ties ? before.rank : index + 1 };
    return before;
  });
  return { ...board, entries: ranked };
}

function show(current) {
  board = current;
  const rows = board.entries.map((entry) => {
    const row = document.createElement("tr");
    for (const text of [entry.rank, entry.handle ?? "(erased)", entry.points]) {
      row.insertCell().textContent = text;
    }
    return row;
  });
  places.replaceChildren(...rows);
  status.textContent = rows.length === 0 ? "Nobody has points yet." : "";
}

function listen() {
  const live = new URL("/v1/live", location.origin);
  live.searchParams.set("board", scope);
  for (const name of ["window", "limit"]) {
    if (wanted.has(name)) live.searchParams.set(name, wanted.get(name));
  }
  const stream = new EventSource(live);
  stream.addEventListener("board", (message) => show(JSON.parse(message.data).board));
  stream.addEventListener("board_changes", (message) => show(applied(board, JSON.parse(message.data))));
  stream.onerror = () => {
    // The browser tries again by itself, unless the server has refused.
    const refused = stream.readyState === EventSource.CLOSED;
    status.textContent = refused ? "There is no such board, or it cannot be reached." : "Reconnecting …";
  };
}

document.getElementById("title").textContent = wanted.get("title") ?? `Leaderboard: ${scope}`;
listen();
