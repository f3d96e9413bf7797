import type { Certificates } from '../../request/listener/certificates.ts'
import { listenError } from '../../request/listener/listen-error.ts'
import { Listener, type ListenerOptions } from '../../request/listener/listener.ts'
import type { World } from '../../request/listener/reception.ts'
import { Router } from '../../request/router/router.ts'
import type { Siblings } from '../../supervisor/siblings.ts'
import { listenerSettings } from '../config/listener-settings.ts'
import type { Config } from '../config/schema.ts'

export interface ControlPortOptions extends Pick<ListenerOptions, 'fetch' | 'log'> {
  readonly config: Config
  readonly siblings: Siblings
}

/** A port of its own for the admin API, with no API of a definition on it. */
export interface ControlPort {
  useCertificates(certificates: Certificates): void
  /** @throws `port_in_use`, `listen_failed` */
  open(): Promise<void>
  close(): Promise<void>
}

/** A world without APIs: everything is the admin API's. */
const NO_APIS: World = {
  router: new Router({ strict: true }),
  hosts: false,
  directory: { find: () => undefined },
  enter: () => {},
  leave: () => {},
}

const KEYS = { port: 'control_api_port', address: 'control_api_address' }

/** How long requests that are under way may take when the gateway closes, in milliseconds. */
const GRACE_MS = 1000

/** null where the admin API is on the gateway's own port. */
export function controlPort({ config, siblings, fetch, log }: ControlPortOptions): ControlPort | null {
  const { control_api_port: port, control_api_address, listen_address } = config
  if (port === 0) return null
  const address = control_api_address || listen_address
  const settings = { ...listenerSettings(config), serverTiming: false }
  const listener = new Listener({ world: () => NO_APIS, fetch, log, ...settings, traced: false, share: null, onStranger: null })
  return {
    useCertificates: (certificates) => listener.useCertificates(certificates),
    async open() {
      // Any process of the gateway answers for all, so that the system may choose one for each connection.
      const shared = siblings.count > 1
      await listener.open(port, address, { shared }).catch((error) => {
        throw listenError(error, { address, port, keys: KEYS })
      })
    },
    close: () => listener.close(GRACE_MS),
  }
}
