import { printable } from '@unfold-zoo/core/printable';
import { type BenchmarkObserver, duration, type Progress } from '@unfold-zoo/runs';
import { endOf, endText } from './progress-end.js';

/** Redraws a second, on a terminal. */
const FRAMES_PER_SECOND = 4;
/** Elsewhere, seconds between lines that say how far everything is. */
const SECONDS_BETWEEN_LINES = 30;
const BAR_WIDTH = 20;

/** A task that is under way. */
interface Running {
  readonly progress?: Progress;
  readonly place?: string | undefined;
}

/**
 * Progress of several tasks at once on standard error: a line each that redraws itself, or plain lines now and then.
 */
export class ProgressBoard {
  readonly #stream: NodeJS.WriteStream;
  readonly #running = new Map<string, Running>();
  #labelWidth = 0;
  #timer: NodeJS.Timeout | undefined;
  #labels = 0;
  readonly #started = new Set<string>();
  #drawn = 0;

  constructor(stream = process.stderr) {
    this.#stream = stream;
  }

  /** What a benchmark is to tell. */
  readonly observer: BenchmarkObserver = {
    onBegin: (labels) => this.begin(labels),
    onStart: (label, place) => this.start(label, place),
    onProgress: (label, progress) => this.update(label, progress),
    onEnd: (label) => this.end(label),
    onNote: (text) => this.note(text),
  };

  /** From here on shows how far each of these is. */
  begin(labels: readonly string[]): void {
    this.#labelWidth = Math.max(...labels.map((label) => label.length), 0);
    this.#labels = labels.length;
    const period = this.#stream.isTTY ? 1 / FRAMES_PER_SECOND : SECONDS_BETWEEN_LINES;
    this.#timer = setInterval(() => this.#draw(), 1000 * period);
  }

  /** @param place where it is done, if not in this process. */
  start(label: string, place?: string): void {
    this.#running.set(label, { place });
    this.#started.add(label);
  }

  update(label: string, progress: Progress): void {
    this.#running.set(label, { ...this.#running.get(label), progress });
  }

  end(label: string): void {
    this.#running.delete(label);
  }

  /** A line that stays, above those that redraw themselves. */
  note(text: string): void {
    this.#clear();
    this.#stream.write(`${printable(text.trim())}\n`);
    if (this.#stream.isTTY) this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    this.#clear();
    const lines = [...this.#running].map(([label, running]) => this.#line(label, running));
    if (!this.#stream.isTTY) {
      for (const line of lines) this.#stream.write(`${line}\n`);
      return;
    }
    const waiting = this.#labels - this.#started.size;
    if (waiting > 0) lines.push(`${waiting} waiting`);
    const width = this.#stream.columns;
    this.#stream.write(lines.map((line) => `${[...line].slice(0, width - 1).join('')}\n`).join(''));
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#stream.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }

  #line(label: string, { progress, place }: Running): string {
    const name = printable(label).padEnd(this.#labelWidth);
    const where = place === undefined ? '' : ` · ${printable(place)}`;
    return `${name}  ${progress ? describe(progress) : 'starting'}${where}`;
  }
}

function describe(progress: Progress): string {
  const { stage, done, loss, eventsPerSecond, secondsLeft } = progress;
  const full = Math.round((BAR_WIDTH * done) / endOf(progress));
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  return [
    `${stage} ${bar} ${done}/${endText(progress)}`,
    ...(loss === undefined ? [] : [`loss ${loss.toPrecision(4)}`]),
    ...(eventsPerSecond === undefined ? [] : [`${Math.round(eventsPerSecond)} events/s`]),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
  ].join(' · ');
}
