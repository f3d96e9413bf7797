import { failure, textOf } from '../../errors.ts'

const EXPLAINED: Readonly<Record<string, { readonly reason: string; readonly remedy: string }>> = {
  EACCES: {
    reason: 'the system lets only privileged processes have it',
    remedy: 'set listen_port (POSTERN_LISTEN_PORT) to 1024 or above, or give the process the capability CAP_NET_BIND_SERVICE',
  },
  EADDRNOTAVAIL: {
    reason: 'this machine has no such address',
    remedy: "set listen_address (POSTERN_LISTEN_ADDRESS) to one of its own, or to '' for all",
  },
  ENOTFOUND: {
    reason: 'no host of that name is known',
    remedy: "set listen_address (POSTERN_LISTEN_ADDRESS) to an address of this machine, or to '' for all",
  },
}

/** What to say of an error that came of opening a port; any other is left as it is. */
export function listenError(cause: unknown, { address, port }: { address: string; port: number }): unknown {
  const { code = '', syscall } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return failure('port_in_use', { port }, cause)
  if (!['listen', 'bind', 'getaddrinfo'].includes(syscall ?? '')) return cause
  const explained = EXPLAINED[code] ?? { reason: textOf(cause), remedy: 'check listen_address and listen_port' }
  return failure('listen_failed', { address, port, ...explained }, cause)
}
