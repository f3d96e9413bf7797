import type { Certificates } from '../request/listener/certificates.ts'
import { listenError } from '../request/listener/listen-error.ts'
import { Listener, type ListenerOptions, type ListeningSocket } from '../request/listener/listener.ts'
import type { Siblings } from '../supervisor/siblings.ts'
import type { AdminApps } from './admin/app.ts'
import { controlPort } from './admin/control-port.ts'
import { listenerSettings } from './config/listener-settings.ts'
import type { Config } from './config/schema.ts'

export interface PortsOptions extends Omit<ListenerOptions, 'fetch' | keyof ReturnType<typeof listenerSettings>> {
  readonly config: Config
  readonly siblings: Siblings
  readonly admin: AdminApps
}

/** The ports of a gateway: that of the APIs, and that of the admin API where the configuration has one for it. */
export interface Ports {
  /** That of the APIs. */
  readonly listener: Listener
  useCertificates(certificates: Certificates): void
  /**
   * Opens them; resolves with the port of the APIs.
   *
   * @throws `port_in_use`, `listen_failed`
   */
  open(socket: ListeningSocket | undefined): Promise<number>
  /** Closes that of the admin API, if there is one; it serves longest. */
  closeControl(): Promise<void>
}

export function makePorts({ config, siblings, admin, ...options }: PortsOptions): Ports {
  const control = controlPort({ config, siblings, fetch: admin.app.fetch, log: options.log })
  const { fetch } = control ? admin.onlyHealth : admin.app
  const listener = new Listener({ ...options, ...listenerSettings(config), fetch })
  const { listen_port: port, listen_address: address } = config
  return {
    listener,
    useCertificates(certificates) {
      listener.useCertificates(certificates)
      control?.useCertificates(certificates)
    },
    async open(socket) {
      await control?.open()
      return await listener.open(port, address, { socket }).catch((error) => {
        throw listenError(error, { address, port })
      })
    },
    closeControl: async () => control?.close(),
  }
}
