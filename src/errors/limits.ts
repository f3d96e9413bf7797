import { answer, type Entry, entry } from './entry.ts'

/** Rates and quotas. */
export const limitsErrors = {
  rate_limit_exceeded: answer(429, 'Rate Limit Exceeded'),
  quota_exceeded: answer(403, 'Quota exceeded'),
  api_rate_limit_exceeded: answer(429, 'API Rate Limit Exceeded'),
  limits_unavailable: entry(
    503,
    'Service temporarily unavailable.',
    (d: { reason: string }) => `Count a request against its limits failed: ${d.reason}; the client got a 503`,
  ),
} satisfies Record<string, Entry<never>>
