/** Progress of several tasks on a terminal as bars that redraw themselves, elsewhere as plain lines. */

/** Where progress is written: `process.stdout`, or something like it. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
/** A plain line for every so many per cent, so that a log stays readable. */
const PLAIN_STEP = 25;
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** @returns e.g. `██████████▌·············` for `percent` from 0 to 100 */
export function bar(percent: number, cells = BAR_CELLS): string {
  const eighths = Math.round((Math.min(100, Math.max(0, percent)) / 100) * cells * 8);
  const full = "█".repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? "");
  return full + "·".repeat(cells - full.length);
}

interface Row {
  readonly title: string;
  percent: number;
  note: string;
  plainStep: number;
}

/** Shows the progress of several tasks, in place on a terminal, line by line elsewhere. */
export class ProgressDisplay {
  readonly #output: ProgressOutput;
  readonly #live: boolean;
  readonly #rows: readonly Row[];
  #drawn = false;

  /** @param live bars instead of lines; by default on a terminal, unless CI is set */
  constructor(
    titles: readonly string[],
    output: ProgressOutput = process.stdout,
    live = output.isTTY === true && !process.env.CI,
  ) {
    this.#output = output;
    this.#live = live;
    this.#rows = titles.map((title) => ({ title, percent: 0, note: "", plainStep: -1 }));
  }

  /** Shows the `index`th task at `percent`, with its state. */
  update(index: number, percent: number, note: string): void {
    const row = this.#rows[index];
    if (!row) return;
    const isNews = row.note !== note || row.percent !== percent;
    row.percent = percent;
    const newNote = row.note !== note;
    row.note = note;
    if (!isNews) return;
    if (this.#live) this.#draw();
    else this.#line(row, newNote);
  }

  #draw(): void {
    const width = Math.max(...this.#rows.map(({ title }) => title.length));
    const lines = this.#rows.map(({ title, percent, note }) => {
      const line = `  ${title.padEnd(width)}  ${bar(percent)} ${String(percent).padStart(3)} %  ${note}`;
      // A line that wraps would be redrawn in the wrong place.
      return `\x1b[2K${line.slice(0, (this.#output.columns || 200) - 1)}\n`;
    });
    this.#output.write((this.#drawn ? `\x1b[${lines.length}A` : "") + lines.join(""));
    this.#drawn = true;
  }

  #line(row: Row, newNote: boolean): void {
    const step = Math.floor(row.percent / PLAIN_STEP);
    if (!newNote && step === row.plainStep) return;
    row.plainStep = step;
    this.#output.write(`  ${row.title}: ${row.note}, ${row.percent} %\n`);
  }
}
