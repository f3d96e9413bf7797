/** What has to happen in one step. Each script touches one key. Whole numbers are written by `%.0f`: Lua would write 1e+12. */
import { Script } from './script.ts'

/** `now` in milliseconds: what the caller gives, or else what Redis' own clock says, which is the same for all gateways. */
const NOW = `
local function clock(given)
  local now = tonumber(given)
  if now then return now end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/**
 * A list of the times of what was let in, the oldest first.
 *
 * ARGV: limit, window in ms, cost, now or ''. Answers allowed, remaining, ms until the oldest leaves, ms until it may be tried again.
 */
export const slidingWindow = new Script(`${NOW}
local key, limit, window, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local latest = tonumber(redis.call('LINDEX', key, -1) or now)
-- A clock that was put back: by more than a window, what was counted is void; by less, time stands still.
if latest - now > window then redis.call('DEL', key) else now = math.max(now, latest) end
local used, batch = redis.call('LLEN', key), 0
while used > 0 do
  local oldest, over = redis.call('LRANGE', key, 0, batch), 0
  for _, at in ipairs(oldest) do
    if tonumber(at) > now - window then break end
    over = over + 1
  end
  if over > 0 then redis.call('LTRIM', key, over, -1) end
  used = used - over
  if over < #oldest then break end
  batch = math.min(batch * 4 + 3, 255)
end
local wanted = math.max(cost, 1)
local allowed = used + wanted <= limit
if allowed and cost > 0 then
  local at = string.format('%.0f', now)
  for _ = 1, cost do redis.call('RPUSH', key, at) end
  used = used + cost
  redis.call('PEXPIRE', key, ARGV[2])
end
local reset, retry = 0, 0
if used > 0 then reset = redis.call('LINDEX', key, 0) + window - now end
if not allowed then
  local last = redis.call('LINDEX', key, used + wanted - limit - 1)
  retry = last and last + window - now or window
end
return {allowed and 1 or 0, math.max(0, limit - used), reset, retry}
`)

/**
 * How much of the bucket is missing, in parts of a token, as whole numbers: a request takes \`window\` parts, \`limit\` parts come back
 * in each millisecond.
 *
 * ARGV and answer as in {@link slidingWindow}.
 */
export const tokenBucket = new Script(`${NOW}
local key, limit, window, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local stored = redis.call('HMGET', key, 'missing', 'latest', 'window')
local missing, latest, before = tonumber(stored[1] or 0), tonumber(stored[2] or now), tonumber(stored[3] or window)
if latest - now > window then
  missing = 0
  latest = now
end
if before ~= window then missing = missing / before * window end
now = math.max(now, latest)
missing = math.max(0, missing - (now - latest) * limit)
local wanted = math.max(cost, 1)
local excess = missing + (wanted - limit) * window
local allowed = excess <= 0
if allowed and cost > 0 then
  missing = missing + cost * window
  redis.call('HSET', key, 'missing', string.format('%.17g', missing), 'latest', string.format('%.0f', now), 'window', ARGV[2])
  redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(missing / limit)))
end
local remaining = math.max(0, math.floor(limit - missing / window))
local reset, retry = 0, 0
if missing > 0 then reset = limit > 0 and math.ceil((missing - (limit - remaining - 1) * window) / limit) or window end
if not allowed then retry = limit > 0 and wanted <= limit and math.ceil(excess / limit) or window end
return {allowed and 1 or 0, remaining, reset, retry}
`)

/**
 * A count and when it began.
 *
 * ARGV and answer as in {@link slidingWindow}.
 */
export const fixedWindow = new Script(`${NOW}
local key, limit, window, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local stored = redis.call('HMGET', key, 'used', 'began')
local used, began = tonumber(stored[1] or 0), tonumber(stored[2] or now)
if now - began >= window or began - now > window then
  used = 0
  began = now
end
local wanted = math.max(cost, 1)
local allowed = used + wanted <= limit
local left = math.min(began + window - now, window)
if allowed and cost > 0 then
  used = used + cost
  redis.call('HSET', key, 'used', string.format('%.0f', used), 'began', string.format('%.0f', began))
  redis.call('PEXPIRE', key, string.format('%.0f', left))
end
local reset = used > 0 and left or 0
local retry = 0
if not allowed then retry = used > 0 and left or window end
return {allowed and 1 or 0, math.max(0, limit - used), reset, retry}
`)

/**
 * A counter whose time to live is the window's, as the classic gateway has it.
 *
 * ARGV: max, renewal in ms or 0, cost, now or ''. Answers allowed, remaining, when the window ends in Unix ms or 0, used.
 */
export const spendQuota = new Script(`${NOW}
local key, max, renewal, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used, left = tonumber(redis.call('GET', key) or 0), redis.call('PTTL', key)
if used == 0 then
  left = renewal
elseif renewal == 0 then
  if left >= 0 then redis.call('PERSIST', key) end
elseif left < 0 or left > renewal then
  redis.call('PEXPIRE', key, ARGV[2])
  left = renewal
end
local allowed = used + math.max(cost, 1) <= max
if allowed and cost > 0 then
  if used > 0 then redis.call('INCRBY', key, ARGV[3])
  elseif renewal > 0 then redis.call('SET', key, ARGV[3], 'PX', ARGV[2])
  else redis.call('SET', key, ARGV[3]) end
  used = used + cost
end
return {allowed and 1 or 0, math.max(0, max - used), renewal > 0 and clock(ARGV[4]) + left or 0, used}
`)

/** ARGV: now or ''. Answers used, and when the window ends in Unix ms or 0; or nil. */
export const peekQuota = new Script(`${NOW}
local used, left = tonumber(redis.call('GET', KEYS[1]) or 0), redis.call('PTTL', KEYS[1])
if used == 0 then return false end
return {used, left >= 0 and clock(ARGV[1]) + left or 0}
`)

/**
 * Counts what was spent while Redis was away, even beyond the quota. Where Redis has lost its count, it takes over the gateway's.
 *
 * ARGV: what was spent, what the gateway has counted in all, when its window ends in Unix ms or 0, now or ''.
 */
export const oweQuota = new Script(`${NOW}
local key, ends = KEYS[1], tonumber(ARGV[3])
if redis.call('EXISTS', key) == 1 then redis.call('INCRBY', key, ARGV[1])
elseif ends == 0 then redis.call('SET', key, ARGV[2])
elseif ends > clock(ARGV[4]) then redis.call('SET', key, ARGV[2], 'PX', string.format('%.0f', ends - clock(ARGV[4]))) end
return 1
`)

/** ARGV: by, ms to live or ''. Answers 1 and the sum, or 0 and what is stored. */
export const increment = new Script(`
local found = redis.call('GET', KEYS[1])
local text = found or '0'
local total = string.find(text, '^-?%d+$') and tonumber(text) + tonumber(ARGV[1])
if not total or math.abs(total) > 9007199254740991 then return {0, text} end
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if not found and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {1, string.format('%.0f', sum)}
`)

/** Says that a gateway is there. ARGV: its name, for how many ms that holds. Answers how many there are. */
export const attend = new Script(`${NOW}
local now = clock('')
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`)
