import { failure } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { refuseCredential } from '../../credentials/refuse-credential.ts'
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
    const { session, token } = exchange
    if (!session) return refuseCredential(exchange, failure('session_missing', undefined), token)
    const { is_inactive: inactive, expires } = session
    if (inactive === true) return refuseCredential(exchange, failure('key_inactive', undefined), token)
    if (expires !== undefined && expires > 0 && expires * 1000 <= Date.now()) {
      return refuseCredential(exchange, failure('key_expired', undefined), token, 'KeyExpired')
    }
    return 'go-on'
  },
}
