import { SingleBar } from 'cli-progress';
import { count, duration } from './output';

/** How far something has come. `total` may grow; `text` says what else is worth knowing. */
export interface Progress {
  done: number;
  total: number;
  text?: string;
}

export interface ProgressLine {
  update(progress: Progress): void;
  /** Leaves the last state standing. */
  end(): void;
}

const PLAIN_EVERY_MS = 2_000;

/** A bar on a terminal; elsewhere a plain line every two seconds and one at the end. Written to stderr. */
export function showProgress(title: string, unit: string): ProgressLine {
  return process.stderr.isTTY ? bar(title, unit) : lines(title, unit);
}

function bar(title: string, unit: string): ProgressLine {
  const shown = new SingleBar({
    format: (_options, { progress }, { text }) =>
      `${title} ${'█'.repeat(Math.round(progress * 30)).padEnd(30, '░')} ${Math.floor(progress * 100)} % ${text}`,
    stream: process.stderr,
    hideCursor: true,
    stopOnComplete: false,
  });
  const started = Date.now();
  let last: Progress = { done: 0, total: 0 };
  shown.start(1, 0, { text: '' });
  const update = (progress: Progress) => {
    last = progress;
    shown.setTotal(Math.max(progress.total, 1));
    shown.update(progress.done, { text: describe(progress, unit, started) });
  };
  return {
    update,
    end: () => {
      update(last);
      shown.stop();
    },
  };
}

function lines(title: string, unit: string): ProgressLine {
  const started = Date.now();
  let last: Progress | undefined;
  let saidAt = started;
  const say = (progress: Progress) => console.error(`${title}: ${describe(progress, unit, started)}`);
  return {
    update: (progress) => {
      last = progress;
      if (Date.now() - saidAt < PLAIN_EVERY_MS) return;
      saidAt = Date.now();
      say(progress);
    },
    end: () => {
      if (last) say(last);
    },
  };
}

function describe({ done, total, text }: Progress, unit: string, started: number): string {
  const seconds = (Date.now() - started) / 1000;
  const rate = done / Math.max(seconds, 0.001);
  const left = done > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
  return `${count(done)} of ${count(total)} ${unit}, ${count(Math.round(rate))}/s${left}${text ? `; ${text}` : ''}`;
}
