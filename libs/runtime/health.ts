/** Throws or rejects when the part cannot do its work now. */
export type HealthCheck = () => void | Promise<void>;

/** How the parts of this process are. Modules register a check each; `/health/ready` runs them all. */
export class Health {
  private readonly checks = new Map<string, HealthCheck>();

  register(part: string, check: HealthCheck): void {
    this.checks.set(part, check);
  }

  /** By part, `up` or what is wrong with it. A check that takes longer than `timeoutMs` counts as down. */
  async report(timeoutMs = 3_000): Promise<{ ready: boolean; parts: Record<string, string> }> {
    const parts = await Promise.all(
      [...this.checks].map(async ([part, check]) => [part, await outcome(check, timeoutMs)] as const),
    );
    return { ready: parts.every(([, state]) => state === 'up'), parts: Object.fromEntries(parts) };
  }
}

async function outcome(check: HealthCheck, timeoutMs: number): Promise<string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`down: no answer within ${timeoutMs} ms`), timeoutMs);
  const checked = (async () => {
    await check();
    return 'up';
  })();
  try {
    return await Promise.race([checked, late.promise]);
  } catch (error) {
    return `down: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
