import { failure } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { refuseCredential } from '../../credentials/refuse-credential.ts'
import type { StepKind } from '../step-kind.ts'

/** Refuses keys that are for other APIs, or other versions of this one. */
export const accessRights: StepKind = {
  key: 'access-rights',
  fields: {},

  read({ keyless, version }) {
    return keyless ? null : ({ apiId }) => [new AccessRightsStep(apiId, version)]
  },
}

class AccessRightsStep implements Step {
  readonly name = 'access rights'
  readonly phase = 'session'
  readonly #apiId: string
  readonly #version: string

  constructor(apiId: string, version: string) {
    this.#apiId = apiId
    this.#version = version
  }

  run(exchange: Exchange): Verdict {
    const rights = exchange.session?.access_rights
    if (!rights || this.#isGranted(rights)) return 'go-on'
    return refuseCredential(exchange, failure('api_not_granted', undefined), exchange.token)
  }

  /** No rights at all mean any API, no versions any version. */
  #isGranted(rights: NonNullable<Session['access_rights']>): boolean {
    if (!Object.hasOwn(rights, this.#apiId)) return isEmpty(rights)
    const versions = rights[this.#apiId]?.versions
    return !versions || versions.length === 0 || versions.includes(this.#version)
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
