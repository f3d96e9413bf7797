import { failure } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { clientAddress } from '../../proxy/client-address.ts'
import { maskedKey } from '../session/masked-key.ts'
import type { StepKind } from '../step-kind.ts'

/** Refuses keys that are turned off or have expired, and requests that nothing has given a session. */
export const keyExpiry: StepKind = {
  key: 'key-expiry',
  fields: {},

  read: ({ keyless }) => (keyless ? null : () => [keyExpiryStep]),
}

const keyExpiryStep: Step = {
  name: 'key expiry',
  phase: 'session',

  run(exchange: Exchange): Verdict {
    const { session } = exchange
    if (!session) return refuse(exchange, failure('session_missing', undefined))
    const { is_inactive: inactive, expires } = session
    if (inactive === true) return refuse(exchange, failure('key_inactive', undefined))
    if (expires !== undefined && expires > 0 && expires * 1000 <= Date.now()) return refuseExpired(exchange)
    return 'go-on'
  },
}

/** The event KeyExpired. */
function refuseExpired(exchange: Exchange): Verdict {
  const error = failure('key_expired', undefined)
  const { api, incoming, path, token } = exchange
  const origin = clientAddress(incoming.socket)
  api.log.info({ event: 'KeyExpired', err: error, path, origin, ...(token !== '' && { key: maskedKey(token) }) }, error.message)
  return refuse(exchange, error)
}
