import type { Exchange } from '../chain/exchange.ts'

/**
 * The value of `Server-Timing` (W3C Server Timing): what is known when the head of the response is written. Durations are
 * milliseconds: `total` since the request began, `upstream` until its response began, `plugins` without what ran inside them.
 */
export function serverTiming({ startedAt, call, trace }: Exchange): string {
  const now = performance.now()
  const metrics = [metric('total', now - startedAt)]
  if (call && call.startedAt > 0) metrics.push(metric('upstream', (call.respondedAt || now) - call.startedAt))
  if (trace) metrics.push(metric('plugins', trace.pluginMs))
  return metrics.join(', ')
}

function metric(name: string, milliseconds: number): string {
  return `${name};dur=${milliseconds.toFixed(3)}`
}
