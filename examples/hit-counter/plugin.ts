import { ctx, log, type Plugin } from 'postern/plugin'

export { SignIn } from './sign-in.ts'

const logger = log.get()

/**
 * Module state lives as long as this version of the plugin is loaded, for all requests and APIs that use it. It needs
 * no lock: JavaScript runs one piece of code at a time. For numbers that outlive a reload there is `kv`.
 */
const hits = new Map<string, number>()

function recordHit(endpoint: string): number {
  const count = (hits.get(endpoint) ?? 0) + 1
  hits.set(endpoint, count)
  return count
}

/** Answers with how often this method and path have been asked for, and with the session of who asks. */
export const MyProcessRequest: Plugin = (c) => {
  const endpoint = `${c.req.method} ${c.req.path}`
  const hitCounter = recordHit(endpoint)
  logger.info(`Custom plugin, new hit: ${endpoint}`)
  if (hitCounter > 100) logger.warn('Hit counter too high')

  return c.json({ session: ctx.getSession(c) ?? null, endpoint, hit_counter: hitCounter })
}
