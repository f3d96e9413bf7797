import { failure, textOf } from '../../errors.ts'

/** The keys of gateway.conf that say where a port is. */
export interface PlaceKeys {
  readonly port: string
  readonly address: string
}

export interface Place {
  readonly address: string
  readonly port: number
  /** Default `listen_port`, `listen_address`. */
  readonly keys?: PlaceKeys
}

interface Explained {
  readonly reason: string
  readonly remedy: string
}

const MAIN: PlaceKeys = { port: 'listen_port', address: 'listen_address' }

const EXPLAINED: Readonly<Record<string, (keys: PlaceKeys) => Explained>> = {
  EACCES: ({ port }) => ({
    reason: 'the system lets only privileged processes have it',
    remedy: `set ${setting(port)} to 1024 or above, or give the process the capability CAP_NET_BIND_SERVICE`,
  }),
  EADDRNOTAVAIL: ({ address }) => ({
    reason: 'this machine has no such address',
    remedy: `set ${setting(address)} to one of its own, or to '' for all`,
  }),
  ENOTFOUND: ({ address }) => ({
    reason: 'no host of that name is known',
    remedy: `set ${setting(address)} to an address of this machine, or to '' for all`,
  }),
}

/** What to say of an error that came of opening a port; any other is left as it is. */
export function listenError(cause: unknown, { address, port, keys = MAIN }: Place): unknown {
  const { code = '', syscall } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return failure('port_in_use', { port, setting: setting(keys.port) }, cause)
  if (!['listen', 'bind', 'getaddrinfo'].includes(syscall ?? '')) return cause
  const explained = EXPLAINED[code]?.(keys) ?? { reason: textOf(cause), remedy: `check ${keys.address} and ${keys.port}` }
  return failure('listen_failed', { address, port, ...explained }, cause)
}

function setting(key: string): string {
  return `${key} (POSTERN_${key.toUpperCase()})`
}
