/** Throws or rejects when the part cannot do its work now. */
export type HealthCheck = () => void | Promise<void>;

export interface HealthReport {
  ready: boolean;
  parts: Record<string, 'up' | 'down'>;
  /** Why the parts that are down are: for the log, as it may name hosts and users. */
  reasons: Record<string, string>;
}

/** How the parts of this process are. Modules register a check each; `/health/ready` runs them all. */
export class Health {
  private readonly checks = new Map<string, HealthCheck>();

  register(part: string, check: HealthCheck): void {
    this.checks.set(part, check);
  }

  /** A check that takes longer than `timeoutMs` counts as down. */
  async report(timeoutMs = 3_000): Promise<HealthReport> {
    const report: HealthReport = { ready: true, parts: {}, reasons: {} };
    const outcomes = [...this.checks].map(async ([part, check]) => {
      const reason = await failure(check, timeoutMs);
      report.parts[part] = reason === undefined ? 'up' : 'down';
      if (reason === undefined) return;
      report.ready = false;
      report.reasons[part] = reason;
    });
    await Promise.all(outcomes);
    return report;
  }
}

/** Undefined when the check passes. */
async function failure(check: HealthCheck, timeoutMs: number): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  const checked = (async () => void (await check()))();
  try {
    return await Promise.race([checked, late.promise]);
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
  }
}
