import { failure } from '../../errors.ts'
import type { Definition } from './definition.ts'

interface Served {
  readonly file: string
  readonly definition: Definition
}

/** The APIs of one load: who has which id and which listen path. First come, first served; nothing is renamed. */
export class ServedApis {
  readonly #byId = new Map<string, string>()
  readonly #byRoute = new Map<string, string>()

  /** @throws `definition_invalid` if an earlier one has the id or the listen path */
  add({ file, definition }: Served): void {
    const { apiId, domain, listenPath, internal } = definition
    // The router takes "/api" and "/api/" for the same place.
    const route = `${domain} ${listenPath.replace(/\/$/, '')}`
    const sameId = this.#byId.get(apiId)
    const sameRoute = internal ? undefined : this.#byRoute.get(route)
    const problems = []
    if (sameId !== undefined) problems.push(`api_id: "${apiId}" is the id of "${sameId}" already; choose another`)
    if (sameRoute !== undefined) {
      const where = domain === '' ? '' : ` on the domain "${domain}"`
      problems.push(`proxy.listen_path: "${listenPath}"${where} is the listen path of "${sameRoute}" already; choose another`)
    }
    if (problems.length > 0) throw failure('definition_invalid', { file, problems })
    this.#byId.set(apiId, file)
    if (!internal) this.#byRoute.set(route, file)
  }
}
