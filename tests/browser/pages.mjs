// Opens the pages in Chromium, in both themes, wide and narrow, and checks what only a browser can:
//   node pages.mjs FILL_SERIES OFFICE DATA_FOLDER [PICTURES_FOLDER]
// Exit codes: 0 all passed, 1 something failed, 77 no browser or no packages here.
// With a last argument it also writes a picture of each page.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [fill, office, data, pictures] = process.argv.slice(2);
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
let chromium, axe;
try {
  ({ chromium } = await import("playwright-core"));
  axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
} catch {
  console.log("skipped: npm ci in tests/browser brings the packages");
  process.exit(77);
}
if (!browserPath) {
  console.log("skipped: no Chromium (Debian: apt-get install chromium)");
  process.exit(77);
}

const PAGES = {
  overview: "/",
  measure: "/measure/taxi",
  windows: "/measure/taxi?step=window",
  day: "/measure/taxi?from=2014-11-01&to=2014-11-03&step=window&truth=1",
  chain: "/measure/footfall-daily",
  sites: "/measure/footfall-hourly?from=2023-04-03&to=2023-04-10",
  parts: "/measure/library-bills",
  travel: "/measure/travel",
  register: "/register",
  entry: "/register/taxi-16252",
  missing: "/nothing-here",
};

let passed = 0;
let failed = 0;
function check(name, isTrue, detail = "") {
  if (isTrue) passed++;
  else {
    failed++;
    console.log(`FAIL ${name} ${detail}`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(folder) {
  const port = await freePort();
  const made = spawnSync(fill, ["series.db", "truth.csv", "story.ini"].reduce(
    (all, f, i) => (i === 0 ? [join(folder, f), data] : [...all, join(folder, f)]), []), { stdio: "inherit" });
  if (made.status !== 0) throw new Error("fill_series failed");
  writeFileSync(join(folder, "office.ini"),
    `[office]\nlisten = 127.0.0.1:${port}\nseries = ${folder}/series.db\n` +
    `title = Demo city, statistics office\nstory = ${folder}/story.ini\ntruth = ${folder}/truth.csv\n`);
  const child = spawn(office, ["office", "--config", join(folder, "office.ini")], { stdio: "ignore" });
  const base = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 100; i++) {
    try {
      if ((await fetch(base + "/healthz")).ok) return { child, base };
    } catch {
      await new Promise((r) => setTimeout(r, 50));
    }
  }
  child.kill();
  throw new Error("the office does not answer");
}

// Targets that are words inside a sentence are exempt (WCAG 2.5.8); the rest is 24 px or more.
function smallTargets() {
  return [...document.querySelectorAll("a, button, input, summary")]
    .filter((e) => e.getClientRects().length && !e.closest("p, figcaption, .hidden, .skip, h2, li, .data"))
    .filter((e) => e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24)
    .map((e) => e.outerHTML.slice(0, 90));
}

async function checkPage(page, base, name, width, scheme) {
  const label = `${name} ${width} ${scheme}`;
  const troubles = [];
  const onTrouble = (text) => troubles.push(text);
  page.removeAllListeners();
  page.on("console", (m) => m.type() === "error" && name !== "missing" && onTrouble(m.text()));
  page.on("pageerror", (e) => onTrouble(e.message));
  page.on("request", (r) => r.url().startsWith(base) || r.url().startsWith("data:") || onTrouble("asks elsewhere: " + r.url()));
  await page.goto(base + PAGES[name]);
  await page.evaluate(() => document.fonts.ready);
  check(`${label}: quiet`, troubles.length === 0, troubles.join("; "));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  check(`${label}: no scrolling sideways`, wide <= width, `${wide} px`);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
  const small = await page.evaluate(smallTargets);
  check(`${label}: targets of 24 px`, small.length === 0, small.join(" "));
  if (width < 720 && scheme === "dark") return; // seen by axe in the other three
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  check(`${label}: axe`, result.violations.length === 0,
    result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).slice(0, 3).join(" ")}`).join("; "));
}

async function checkKeys(page, base) {
  await page.goto(base + PAGES.day);
  const loaded = page.waitForResponse((r) => r.url().includes("windows.json"));
  await page.focus(".plot");
  await loaded;
  await page.waitForTimeout(50);
  await page.keyboard.press("Home");
  const readout = page.locator(".readout");
  check("keys: Home reads the first figure", (await readout.textContent()).startsWith("Sat 1 Nov 2014, 00:00 to 00:30: "));
  await page.keyboard.press("ArrowRight");
  check("keys: right reads the next", (await readout.textContent()).startsWith("Sat 1 Nov 2014, 00:30 to 01:00: "));
  check("keys: politely", (await readout.getAttribute("aria-live")) === "polite");
  check("keys: the cursor stands there", (await page.locator(".plot .cursor").count()) === 1);
  const box = await page.locator(".plot svg.chart").boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 100, { steps: 4 });
  const moved = page.waitForNavigation();
  await page.mouse.up();
  await moved;
  check("zoom: dragging asks for that range", new URL(page.url()).searchParams.get("from") === "2014-11-01T12:00");
}

async function checkCells(page, base) {
  await page.goto(base + PAGES.parts);
  const loaded = page.waitForResponse((r) => r.url().includes("cell="));
  await page.locator(".cell .plot").first().focus();
  await loaded;
  await page.waitForTimeout(50);
  await page.keyboard.press("Home");
  const text = await page.locator(".cell .readout").first().textContent();
  check("keys: a part is read out under its name", text.startsWith("1 to 7 Apr 2021: "), text);
}

async function checkLive(page, base, folder) {
  await page.goto(base + "/");
  check("live: the story is told", (await page.locator(".story .big").first().textContent()) === "271,034");
  const story = readFileSync(join(folder, "story.ini"), "utf8");
  writeFileSync(join(folder, "story.ini"), story.replace("271034", "271999"));
  await page.waitForFunction(() => document.querySelector(".story .big").textContent === "271,999", null, { timeout: 8000 });
  check("live: new figures arrive by themselves", true);
}

async function checkStill(browser, base) {
  const context = await browser.newContext({ reducedMotion: "no-preference" });
  const page = await context.newPage();
  await page.goto(base + PAGES.entry);
  await page.waitForTimeout(600);
  check("noise: drawn one by one", (await page.locator(".draws li.later").count()) > 0);
  await page.click(".draws button");
  check("noise: a pause shows all", (await page.locator(".draws li.later").count()) === 0);
  await context.close();
  const still = await browser.newContext({ reducedMotion: "reduce", javaScriptEnabled: true });
  const calm = await still.newPage();
  await calm.goto(base + PAGES.entry);
  check("noise: twenty still panels where motion is reduced",
    (await calm.locator(".draws li:not(.later)").count()) === 20 && (await calm.locator(".draws button:visible").count()) === 0);
  await still.close();
  const bare = await browser.newContext({ javaScriptEnabled: false });
  const plain = await bare.newPage();
  await plain.goto(base + PAGES.day);
  check("no script: the chart is there", (await plain.locator("svg.chart path.line").count()) === 1);
  await bare.close();
}

const folder = mkdtempSync(join(tmpdir(), "hubbub-browser-"));
if (pictures) mkdirSync(pictures, { recursive: true });
const { child, base } = await start(folder);
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
try {
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
      const page = await context.newPage();
      for (const name of Object.keys(PAGES)) await checkPage(page, base, name, width, scheme);
      await context.close();
    }
  }
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await checkKeys(page, base);
  await checkCells(page, base);
  await checkLive(page, base, folder);
  await context.close();
  await checkStill(browser, base);
} catch (e) {
  failed++;
  console.log("FAIL", e.message);
} finally {
  await browser.close();
  child.kill("SIGTERM");
  rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
