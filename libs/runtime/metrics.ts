import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Durations in seconds, from half a millisecond to ten seconds. */
export const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricsOptions {
  /** How long a figure may take. Default 5 s. */
  patienceMs?: number;
  onFailure?: (gauge: string, error: unknown) => void;
}

/** What this process counts of itself, for Prometheus at `/metrics`. Names begin with `luodi_`. */
export class Metrics {
  readonly registry = new Registry();
  private readonly failures: Counter<'gauge'>;
  private readonly patienceMs: number;
  private readonly onFailure: (gauge: string, error: unknown) => void;

  /** `onFailure` is told why a figure cannot be read, once until it can be read again. */
  constructor({ patienceMs = PATIENCE_MS, onFailure = () => undefined }: MetricsOptions = {}) {
    this.patienceMs = patienceMs;
    this.onFailure = onFailure;
    collectDefaultMetrics({ register: this.registry });
    this.failures = this.counter('luodi_gauge_failures_total', 'Figures that could not be read', ['gauge']);
  }

  /** A distribution; `observe(value)` or `observe({ label: … }, value)`. `buckets` default to {@link DURATION_BUCKETS}. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    options: { buckets?: number[]; labels?: readonly Label[] } = {},
  ): Histogram<Label> {
    const { buckets = DURATION_BUCKETS, labels = [] } = options;
    return new Histogram<Label>({ name, help, buckets, labelNames: labels, registers: [this.registry] });
  }

  /** A count that only grows; `inc()`, `inc(number)` or `inc({ label: … })`. */
  counter<Label extends string = never>(name: string, help: string, labels: readonly Label[] = []): Counter<Label> {
    return new Counter<Label>({ name, help, labelNames: labels, registers: [this.registry] });
  }

  /**
   * A figure read when Prometheus asks; `read` may be slow (a query), and is asked once for each scrape. One that cannot be
   * read, or not in time, is NaN and counted: the others are needed just then.
   */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const readInTime = (): Promise<number> => inTime(read, this.patienceMs);
    const { failures, registry, onFailure } = this;
    let isFailing = false;
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        try {
          this.set(await readInTime());
          isFailing = false;
        } catch (error) {
          failures.inc({ gauge: name });
          if (!isFailing) onFailure(name, error);
          isFailing = true;
          this.set(NaN);
        }
      },
    });
  }
}

/** Prometheus itself gives up after ten seconds. */
const PATIENCE_MS = 5_000;

async function inTime(read: () => number | Promise<number>, ms: number): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no figure within ${ms} ms`)), ms);
  try {
    return await Promise.race([read(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
