import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import { type Download, type DownloadRequest, download } from './download.ts'
import { shownUrl } from './location.ts'

export type Fetched = Extract<Download, { kind: 'fetched' }>

const MOST_ATTEMPTS = 5
const FIRST_PAUSE_MS = 250

/**
 * Fetches a bundle that may have changed; `null` if it has not. What may be over in a moment is tried again, after pauses that double,
 * for as long as `timeoutMs` lets it; one attempt may take half of that.
 *
 * @throws `bundle_fetch_failed`, and what {@link download} throws
 */
export async function fetchBundle(request: DownloadRequest, timeoutMs: number): Promise<Fetched | null> {
  const end = Date.now() + timeoutMs
  for (let attempts = 1; ; attempts += 1) {
    const limit = Math.ceil(Math.min(timeoutMs / 2, Math.max(1, end - Date.now())))
    const result = await download({ ...request, signal: AbortSignal.any([request.signal, AbortSignal.timeout(limit)]) })
    if (result.kind === 'unchanged') return null
    if (result.kind === 'fetched') return result
    const pause = FIRST_PAUSE_MS * 2 ** (attempts - 1)
    const isLast = attempts === MOST_ATTEMPTS || Date.now() + pause >= end || request.signal.aborted
    if (!result.transient || isLast) {
      const { bundle, url } = request
      throw failure('bundle_fetch_failed', { bundle, url: shownUrl(url), reason: result.reason, attempts }, result.cause)
    }
    await delay(pause, undefined, { signal: request.signal }).catch(() => {})
  }
}
