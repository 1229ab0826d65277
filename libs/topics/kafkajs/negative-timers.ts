/**
 * kafkajs 2.2.4 sets timers for times that have passed (requestQueue, scheduleCheckPendingRequests), which does no harm, but
 * Node 24 warns of it in words that alarm operators. Keeps that one warning, when it comes from there, from being printed.
 */
export function ignoreNegativeTimers(): void {
  const emitWarning = process.emitWarning.bind(process) as (...warning: unknown[]) => void;
  process.emitWarning = (...warning: unknown[]): void => {
    const isFromKafkaJs = warning[1] === 'TimeoutNegativeWarning' && new Error().stack?.includes('kafkajs');
    if (!isFromKafkaJs) emitWarning(...warning);
  };
}
