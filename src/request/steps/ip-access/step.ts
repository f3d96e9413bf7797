import { failure } from '../../../errors.ts'
import { clientAddress } from '../../address/client-address.ts'
import { Networks } from '../../address/networks.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { StepKind } from '../step-kind.ts'
import type { StepSource } from '../step-source.ts'
import { definitionFields } from './schema.ts'

/** Lets in clients by their addresses, or keeps them out. */
export const ipAccess: StepKind = {
  key: 'ip-access',
  fields: { definition: definitionFields },

  read(source) {
    const fields = source.definition(definitionFields)
    if (!fields || fields.ip_access_control_disabled) return null
    const { allowed_ips: allowed, blacklisted_ips: blocked } = fields
    warnOfFlag('enable_ip_whitelisting', 'allowed_ips', fields.enable_ip_whitelisting, allowed, source)
    warnOfFlag('enable_ip_blacklisting', 'blacklisted_ips', fields.enable_ip_blacklisting, blocked, source)
    if (allowed.length === 0 && blocked.length === 0) return null
    return () => [new IpAccessStep(new Networks(allowed), new Networks(blocked))]
  },
}

/** A flag that says something else than what happens. */
function warnOfFlag(
  flag: string,
  list: string,
  value: boolean | undefined,
  networks: readonly string[],
  source: StepSource,
): void {
  if (value === true && networks.length === 0) source.warning([flag], `of no effect, because "${list}" is empty`)
  if (value === false && networks.length > 0) {
    source.warning([flag], `of no effect: "${list}" is not empty, and counts; "ip_access_control_disabled" turns it off`)
  }
}

class IpAccessStep implements Step {
  readonly name = 'IP access'
  readonly phase = 'ip_access'
  readonly #allowed: Networks
  readonly #blocked: Networks

  constructor(allowed: Networks, blocked: Networks) {
    this.#allowed = allowed
    this.#blocked = blocked
  }

  run(exchange: Exchange): Verdict {
    const address = clientAddress(exchange)
    return this.#admits(address) ? 'go-on' : refuse(exchange, failure('address_forbidden', { address }))
  }

  #admits(address: string): boolean {
    if (address === '') return this.#allowed.isEmpty
    if (!this.#allowed.isEmpty && !this.#allowed.contains(address)) return false
    return !this.#blocked.contains(address)
  }
}
