/* The pages work without this. It adds a cursor with the arrow keys, zoom by dragging, figures that
 * arrive while one looks, and the noise drawn one by one. It never draws data: pictures and words
 * come from the server. */

/** left and right edge as fractions of the width, what is read out, first and last moment */
type Figure = [left: number, right: number, text: string, from: string, to: string];

const SVG = "http://www.w3.org/2000/svg";

function mark(svg: SVGSVGElement, name: string, kind: "line" | "rect"): SVGElement {
  const found = svg.querySelector<SVGElement>("." + name);
  if (found) return found;
  const made = document.createElementNS(SVG, kind);
  made.setAttribute("class", name);
  svg.append(made);
  return made;
}

class Series {
  private figures: Figure[] = [];
  private at = -1;
  private dragFrom = -1;
  private asked = false;

  constructor(private figure: HTMLElement, private plot: HTMLElement) {
    plot.addEventListener("focus", () => void this.load());
    plot.addEventListener("pointerenter", () => void this.load());
    plot.addEventListener("pointermove", (e) => this.move(e));
    plot.addEventListener("pointerdown", (e) => this.down(e));
    plot.addEventListener("pointerup", (e) => this.up(e));
    plot.addEventListener("keydown", (e) => this.key(e));
  }

  private async load(): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    const answer = await fetch(this.figure.dataset.windows ?? "");
    if (answer.ok) this.figures = (await answer.json()) as Figure[];
  }

  private get svg(): SVGSVGElement {
    return this.plot.querySelector("svg") as SVGSVGElement;
  }

  /** where the base line is */
  private get bottom(): string {
    return this.svg.querySelector(".base")?.getAttribute("y1") ?? "0";
  }

  private indexAt(e: PointerEvent): number {
    const box = this.svg.getBoundingClientRect();
    const x = (e.clientX - box.left) / box.width;
    return this.figures.findIndex((f) => x >= f[0] && x < f[1]);
  }

  private show(i: number): void {
    const figure = this.figures[i];
    if (!figure || i === this.at) return;
    this.at = i;
    const line = mark(this.svg, "cursor", "line");
    const x = ((figure[0] + figure[1]) / 2) * 100 + "%";
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("y1", "12");
    line.setAttribute("y2", this.bottom);
    const readout = this.figure.querySelector(".readout");
    if (readout) readout.textContent = figure[2];
  }

  private move(e: PointerEvent): void {
    const i = this.indexAt(e);
    if (i < 0) return;
    this.show(i);
    if (this.dragFrom < 0) return;
    const [a, b] = [Math.min(this.dragFrom, i), Math.max(this.dragFrom, i)];
    const first = this.figures[a];
    const last = this.figures[b];
    if (!first || !last) return;
    const chosen = mark(this.svg, "chosen", "rect");
    chosen.setAttribute("x", first[0] * 100 + "%");
    chosen.setAttribute("width", (last[1] - first[0]) * 100 + "%");
    chosen.setAttribute("y", "12");
    chosen.setAttribute("height", String(Number(this.bottom) - 12));
  }

  private down(e: PointerEvent): void {
    if (e.pointerType === "mouse" && e.button === 0) this.dragFrom = this.indexAt(e);
  }

  private up(e: PointerEvent): void {
    const [a, b] = [this.dragFrom, this.indexAt(e)];
    this.dragFrom = -1;
    this.svg.querySelector(".chosen")?.remove();
    if (a >= 0 && b >= 0 && Math.abs(a - b) > 1) this.zoom(Math.min(a, b), Math.max(a, b));
  }

  private zoom(a: number, b: number): void {
    const address = new URL(location.href);
    address.searchParams.set("from", this.figures[a]![3]);
    address.searchParams.set("to", this.figures[b]![4]);
    address.searchParams.delete("until");
    address.searchParams.delete("step");
    location.assign(address);
  }

  private key(e: KeyboardEvent): void {
    const last = this.figures.length - 1;
    const from = this.at < 0 ? last + 1 : this.at;
    const to: Record<string, number> = {
      ArrowLeft: Math.max(0, from - 1),
      ArrowRight: Math.min(last, this.at < 0 ? last : from + 1),
      Home: 0,
      End: last,
    };
    const next = to[e.key];
    if (next === undefined || last < 0) return;
    e.preventDefault();
    this.show(next);
  }
}

/* All stand for so many steps before the round begins again. */
const PAUSE_STEPS = 5;

/* A figure every 400 ms, round after round, until paused; all stand still where motion is reduced. */
function play(draws: HTMLElement): void {
  const items = [...draws.querySelectorAll("li")];
  const button = draws.querySelector("button");
  if (!button || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let shown = items.length + PAUSE_STEPS;
  let timer = 0;
  const step = (): void => {
    shown = shown >= items.length + PAUSE_STEPS ? 0 : shown + 1;
    items.forEach((item, i) => item.classList.toggle("later", i >= shown));
  };
  const turn = (): void => {
    timer = timer ? (clearInterval(timer), 0) : window.setInterval(step, 400);
    button.textContent = timer ? "Pause" : "Play";
    if (!timer) items.forEach((item) => item.classList.remove("later"));
  };
  button.hidden = false;
  button.addEventListener("click", turn);
  turn();
}

function attach(): void {
  document.querySelectorAll<HTMLElement>("[data-windows]").forEach((figure) => {
    const plot = figure.querySelector<HTMLElement>(".plot");
    if (plot) new Series(figure, plot);
  });
}

/* While somebody works with the page (keys in a chart, a date half typed), it stays as it is. */
function isInUse(): boolean {
  const live = document.getElementById("live");
  return !!live && (live.contains(document.activeElement) || !!live.querySelector(".cursor:hover"));
}

async function refresh(): Promise<void> {
  const answer = await fetch("/live.json");
  if (!answer.ok) return;
  const { revision } = (await answer.json()) as { revision: number };
  const live = document.getElementById("live");
  const isOnStory = !!document.querySelector(".progress");
  if (!live || isInUse() || (String(revision) === document.body.dataset.revision && !isOnStory))
    return;
  const page = await fetch(location.href);
  if (!page.ok) return;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const next = fresh.getElementById("live");
  if (!next || isInUse()) return;
  const wasOpen = !!live.querySelector("details[open]");
  live.replaceWith(next);
  next.querySelector("details")?.toggleAttribute("open", wasOpen);
  document.body.dataset.revision = fresh.body.dataset.revision;
  document.body.dataset.askMs = fresh.body.dataset.askMs;
  attach();
}

function ask(): void {
  setTimeout(
    () => void refresh().catch(() => undefined).finally(ask),
    Number(document.body.dataset.askMs) || 30000,
  );
}

attach();
document.querySelectorAll<HTMLElement>(".draws").forEach(play);
ask();
