// All the script there is: posts what buttons and forms say, and redraws what the server renders when news come in.

const toast = document.getElementById("toast");
let toastTimer;
function tell(text, bad = false) {
  toast.textContent = text;
  toast.classList.toggle("bad", bad);
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(
    () => {
      toast.hidden = true;
    },
    bad ? 9000 : 5000,
  );
}

/** Whom this page was drawn for; in this browser somebody else may have signed in since. */
const viewer = document.querySelector(".top")?.dataset.viewer;
const drawnFor = viewer === undefined ? {} : { "x-steward-drawn-for": viewer };
const sessions = new BroadcastChannel("steward.session");
sessions.addEventListener("message", ({ data }) => {
  if (data !== viewer) location.reload();
});

/** Draws the page for who is signed in now, and says there why. */
function drawAnew(why) {
  sessionStorage.setItem("why", why);
  location.reload();
}
const why = sessionStorage.getItem("why");
if (why !== null) {
  sessionStorage.removeItem("why");
  tell(why, true);
}

/** Fetches a page or a piece of one, drawn for the same person as this one. */
async function read(url) {
  const answer = await fetch(url, { headers: { accept: "text/html", ...drawnFor } });
  if (answer.status === 409) drawAnew((await answer.json()).detail);
  return answer;
}

/** Posts JSON. The same key on a retry makes it once; a lost connection is tried again, a refusal is not. */
async function post(url, body, key = crypto.randomUUID?.() ?? String(Math.random()).slice(2)) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key, ...drawnFor },
        body: JSON.stringify(body),
      });
      const data = answer.status === 204 ? {} : await answer.json();
      if (data.because === "another-person") drawAnew(data.detail);
      return { ok: answer.ok, status: answer.status, data };
    } catch {
      if (attempt === 4)
        return {
          ok: false,
          status: 0,
          data: { detail: "Steward cannot be reached. Nothing was lost that it had answered; try again." },
        };
      await new Promise((resolve) => setTimeout(resolve, 400 * attempt));
    }
  }
}

// Times: the server writes UTC, people read their own zone --------------------------------------------------------------

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const toTheMinute = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const now = new Date();
    const knowsSeconds = /T\d\d:\d\d:\d\d/.test(time.dateTime);
    const hour = (knowsSeconds && time.closest(".timeline, .story, pre") ? exact : clock).format(at);
    const today = at.toDateString() === now.toDateString();
    const date = (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at);
    time.textContent = today ? hour : `${date}, ${hour}`;
    time.title = (knowsSeconds ? whole : toTheMinute).format(at);
  }
}
localTimes(document);

// Live regions ---------------------------------------------------------------------------------------------------------

const list = document.getElementById("messages");
const busy = (node) => node.querySelector(".reason") !== null;

/** Makes `old` show what `fresh` says, message by message, leaving alone what somebody is typing in. */
function merge(old, fresh) {
  for (const item of [...fresh.children]) {
    const mine = document.getElementById(item.id);
    if (mine === null) {
      old.append(item);
      continue;
    }
    const [was, is] = [mine.querySelector("article"), item.querySelector("article")];
    if (was.dataset.version !== is.dataset.version && !(busy(was) && is.querySelector("[data-press]")))
      was.replaceWith(is);
    const [replies, freshReplies] = [mine.querySelector(".replies"), item.querySelector(".replies")];
    if (replies && freshReplies) merge(replies, freshReplies);
  }
}

let drawing = false;
let again = false;
async function redraw() {
  if (drawing) {
    again = true;
    return;
  }
  drawing = true;
  try {
    do {
      again = false;
      await (list ? redrawChat() : redrawPage());
    } while (again);
  } catch {
    /* Away: the stream says so, and its return redraws. */
  } finally {
    drawing = false;
  }
}

async function redrawChat() {
  const answer = await read(list.dataset.fragment);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, "text/html").querySelector("ol");
  localTimes(fresh);
  const scroll = list.parentElement;
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  merge(list, fresh);
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
}

async function redrawPage() {
  const live = document.querySelector("[data-live]");
  if (!live || busy(live)) return;
  const answer = await read(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  // Somebody has begun to type meanwhile.
  if (busy(live)) return;
  if (fresh) {
    localTimes(fresh);
    keepOpen(live, fresh);
  }
  if (!fresh || fresh.innerHTML === live.innerHTML) return;
  const place = [...live.querySelectorAll("a, button")].indexOf(document.activeElement);
  live.replaceChildren(...fresh.childNodes);
  if (place >= 0) live.querySelectorAll("a, button")[place]?.focus();
}

/** What somebody has unfolded stays so. */
function keepOpen(old, fresh) {
  const keyOf = (summary) => `${summary.closest("[id]")?.id} ${summary.textContent}`;
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map(keyOf));
  for (const summary of fresh.querySelectorAll("details > summary"))
    if (open.has(keyOf(summary))) summary.parentElement.open = true;
}

async function countWaiting() {
  const badge = document.getElementById("waiting");
  const answer = badge && (await fetch("/api/gates").catch(() => null));
  if (!answer?.ok) return;
  const { gates } = await answer.json();
  badge.textContent = String(gates.length);
  badge.hidden = gates.length === 0;
  badge.setAttribute("aria-label", `${gates.length} waiting for you`);
}

let newsTimer;
function news() {
  clearTimeout(newsTimer);
  newsTimer = setTimeout(() => {
    void redraw();
    void countWaiting();
  }, 40);
}

function connect() {
  const live = document.getElementById("live");
  const channel = document.querySelector("[data-channel]")?.dataset.channel;
  const source = new EventSource("/api/chat/stream");
  source.addEventListener("open", () => {
    if (live) live.textContent = "";
    news();
  });
  source.addEventListener("messages", (event) => {
    const page = JSON.parse(event.data);
    if (channel !== undefined && page.channel !== channel)
      document.querySelector(`[data-channel-link="${CSS.escape(page.channel)}"]`)?.classList.add("unread");
    news();
  });
  source.addEventListener("error", () => {
    if (live) live.textContent = "The connection was lost; reconnecting…";
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, 2000);
  });
}

// Acts -----------------------------------------------------------------------------------------------------------------

/** A press that needs more first gets a form in its place; the same press again carries the values. */
function ask(button, fields, send) {
  const place = button.closest(".buttons");
  place.parentElement.querySelector(".reason")?.remove();
  const form = document.createElement("form");
  form.className = "reason";
  for (const { name, label, required, value = "" } of fields) {
    const title = document.createElement("label");
    const input = document.createElement("textarea");
    Object.assign(input, { name, required, value, rows: value === "" ? 2 : 1, maxLength: 2000 });
    title.append(label, input);
    form.append(title);
  }
  const go = Object.assign(document.createElement("button"), {
    type: "submit",
    className: button.className,
    textContent: button.textContent,
  });
  const back = Object.assign(document.createElement("button"), {
    type: "button",
    className: "default",
    textContent: "Back",
  });
  const row = document.createElement("p");
  row.className = "buttons";
  row.append(go, " ", back);
  form.append(row);
  const close = () => {
    form.remove();
    button.focus();
  };
  back.addEventListener("click", close);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    form.remove();
    send(values);
  });
  place.after(form);
  form.querySelector("textarea").focus();
}

/** The button as it is now: the page may have been drawn anew while the answer was on its way. */
function current(button) {
  if (button.isConnected) return button;
  const { press, decide: url, decision } = button.dataset;
  const is = press
    ? `[data-press="${CSS.escape(press)}"]`
    : `[data-decide="${CSS.escape(url)}"][data-decision="${CSS.escape(decision)}"]`;
  return document.querySelector(is);
}

async function decide(button, url, bodyOf, values = {}) {
  button.disabled = true;
  const { ok, data } = await post(url, bodyOf(values));
  button.disabled = false;
  const asker = current(button);
  if (ok && data.outcome === "form" && asker)
    return ask(asker, data.fields, (given) => void decide(asker, url, bodyOf, given));
  if (data.outcome !== "form") tell(ok ? data.sentence : data.detail, !ok);
  news();
}

async function act(button) {
  if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
  const body = JSON.parse(button.dataset.body);
  if (button.dataset.reason) {
    const reason = prompt(button.dataset.reason);
    if (reason === null) return;
    if (reason.trim() !== "") body.reason = reason;
  }
  button.disabled = true;
  const { ok, data } = await post(button.dataset.post, body);
  button.disabled = false;
  tell(ok ? (data.sentence ?? button.dataset.done) : data.detail, !ok);
  news();
}

async function become(id) {
  const { ok, data } = await post("/api/session", { person: id });
  if (ok) {
    sessions.postMessage(id);
    location.reload();
  } else tell(data.detail, true);
}

/** What a button says is heard and answered, and posted for nobody. */
async function sayFor(button, words) {
  button.disabled = true;
  const { ok, data } = await post("/api/chat/presses", { message: button.closest("article").id.slice(2), say: words });
  button.disabled = false;
  if (!ok) tell(data.detail, true);
  news();
}

async function say(text, thread, key) {
  const channel = document.querySelector("[data-channel]").dataset.channel;
  const { ok, data } = await post(
    `/api/chat/${encodeURIComponent(channel)}/messages`,
    thread ? { text, thread } : { text },
    key,
  );
  if (!ok) tell(data.detail, true);
  news();
  return ok;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { press, decide: url, decision, post: target, person, repeat, draft } = button.dataset;
  if (press) void decide(button, "/api/chat/presses", (values) => ({ token: press, values }));
  else if (url) void decide(button, url, (values) => ({ decision, values }));
  else if (target) void act(button);
  else if (person) void become(person);
  else if (repeat) void sayFor(button, repeat);
  else if (draft) {
    const composer = document.getElementById("composer");
    composer.value = draft;
    composer.focus();
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("say" in form.dataset || "post" in form.dataset)) return;
  event.preventDefault();
  if ("post" in form.dataset) {
    const { ok, data } = await post(form.dataset.post, Object.fromEntries(new FormData(form)));
    tell(ok ? data.sentence : data.detail, !ok);
    return news();
  }
  const input = form.elements.text;
  const text = input.value.trim();
  const send = form.querySelector("button");
  if (text === "" || send.disabled) return;
  send.disabled = true;
  if (await say(text, form.dataset.thread)) {
    input.value = "";
    grow(input);
    const scroll = list.parentElement;
    if (!form.dataset.thread) scroll.scrollTop = scroll.scrollHeight;
  }
  send.disabled = false;
  input.focus();
});

function grow(input) {
  input.rows = Math.min(8, input.value.split("\n").length);
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-say] textarea")) grow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("[data-say] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key === "Escape") document.querySelector(".personas[open]")?.removeAttribute("open");
});

/** What takes the server a while is asked for once the page is there. */
for (const place of document.querySelectorAll("[data-fill]"))
  void (async () => {
    const answer = await read(place.dataset.fill).catch(() => null);
    if (!answer?.ok) return;
    place.innerHTML = await answer.text();
    localTimes(place);
  })();

for (const here of document.querySelectorAll(".top [aria-current], .channels [aria-current]"))
  here.scrollIntoView({ block: "nearest", inline: "center" });
if (list) {
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
  // A link to a thread shows its beginning.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  const composer = document.getElementById("composer");
  if (matchMedia("(pointer: fine)").matches) composer.focus();
}
if (document.querySelector(".top")) connect();
const every = Number(document.querySelector("[data-every]")?.dataset.every);
if (every > 0)
  setInterval(() => {
    if (!document.hidden) void redraw();
  }, every);
