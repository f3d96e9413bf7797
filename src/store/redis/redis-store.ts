import { failure, type PosternError, textOf } from '../../errors.ts'
import { MemoryCounters } from '../memory/memory-counters.ts'
import type { RedisSettings } from '../settings.ts'
import type { Store } from '../store.ts'
import { nameOf } from './addresses.ts'
import { connect } from './connection.ts'
import { Fleet } from './fleet.ts'
import { OwedQuotas } from './owed-quotas.ts'
import { RedisCache } from './redis-cache.ts'
import { RedisCounters } from './redis-counters.ts'
import { redisKeyValue } from './redis-key-value.ts'
import { RedisLink } from './redis-link.ts'
import { RedisLosses } from './redis-losses.ts'
import { CHANNEL, RedisNotices } from './redis-notices.ts'
import { RedisSessions } from './redis-sessions.ts'

const SWEEP_INTERVAL_MS = 1_000

/** Nobody waits for a connection but a start; a new one takes several answers, and over TLS some computing. */
const SHORTEST_CONNECT_MS = 2_000

/** What is no outage: to try again would not help. */
const HOPELESS =
  /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|invalid password|DB index|SELECT)|ENOENT|EACCES|EISDIR)|certificate|PEM|SSL|TLS/

export interface RedisStoreOptions {
  readonly settings: RedisSettings
  /** How large a cached response may be, in bytes. */
  readonly cacheBytes: number
  /** Is told when Redis is away, and with `null` when it is back. */
  readonly onTrouble: (error: PosternError | null) => void
  /** The time in Unix milliseconds for tests; of Redis and of this machine unless given. */
  readonly clock?: () => number
}

/**
 * A store that gateways share. While Redis is away, sessions that are held and counters of this gateway's own stand in, or nothing does
 * (`on_outage`).
 *
 * @throws `store_not_opened` if Redis refuses the credentials, or the files for TLS are no good; one that is not there is waited for
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { settings, clock = Date.now, onTrouble } = options
  const { on_outage: onOutage } = settings
  const timeoutMs = settings.timeout * 1000
  const connectMs = Math.max(timeoutMs, SHORTEST_CONNECT_MS)
  const now = () => options.clock?.() ?? ('' as const)
  let closed: Promise<void> | null = null
  const link = new RedisLink({
    where: nameOf(settings),
    timeoutMs,
    connect: (onLost) =>
      connect({
        settings,
        timeoutMs: connectMs,
        onLost,
        listen: { channel: CHANNEL, onMessage: (text) => notices.receive(text) },
      }),
    onTrouble: (error) => {
      if (error === null) {
        notices.missed()
        void Promise.all([fleet.attend(), owed.pay()])
      } else sessions.changedElsewhere(undefined)
      onTrouble(error)
    },
  })
  const opened = () => {
    if (closed) throw failure('store_closed', undefined)
    return link
  }
  const losses = new RedisLosses()
  const own = new MemoryCounters(clock)
  const owed = new OwedQuotas({ link, counters: own, losses, clock, now })
  const notices = new RedisNotices({ link: opened, onKeyChange: (key) => sessions.changedElsewhere(key) })
  const sessions = new RedisSessions({
    link: opened,
    clock,
    losses,
    heldInOutage: onOutage === 'allow',
    publishKey: (key) => notices.publishKey(key),
  })
  const fleet = new Fleet(link)
  const sweeper = setInterval(() => {
    own.sweep()
    sessions.sweep()
  }, SWEEP_INTERVAL_MS).unref()
  const close = async () => {
    clearInterval(sweeper)
    sessions.clear()
    notices.clear()
    await fleet.close()
    await link.close()
    own.clear()
  }
  try {
    await link.open((reason) => HOPELESS.test(reason))
  } catch (error) {
    await close()
    throw refusalOf(error, settings)
  }
  await fleet.attend()
  return {
    sessions,
    counters: new RedisCounters({ link: opened, own, owed, fleet, losses, onOutage, now }),
    cache: new RedisCache({ link: opened, losses, maxBytes: options.cacheBytes }),
    notices,
    kv: (namespace) => redisKeyValue({ namespace, link: opened, losses }),
    status: () => ({ ...losses.status(link, onOutage === 'allow'), owedWrites: owed.size }),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

function refusalOf(error: unknown, settings: RedisSettings): PosternError {
  const remedy = 'mend "storage" in gateway.conf, or POSTERN_STORAGE_USERNAME and POSTERN_STORAGE_PASSWORD'
  // OpenSSL ends its messages with a line break.
  const reason = textOf(error).trim().replaceAll('\n', ' ')
  return failure('store_not_opened', { where: nameOf(settings), reason, remedy }, error)
}
