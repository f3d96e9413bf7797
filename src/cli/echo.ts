import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { openEcho } from '../echo/open-echo.ts'
import { textOf } from '../errors.ts'
import type { Io } from './io.ts'

const USAGE = 'usage: postern echo [--port 8080] [--host ADDRESS]'

/** `postern echo`: the echo upstream, on every interface unless told otherwise, until SIGTERM or SIGINT. */
export async function echo(args: readonly string[], io: Io): Promise<number> {
  const options = parse(args)
  if (!options) {
    io.err(USAGE)
    return 2
  }
  try {
    const upstream = await openEcho(options)
    io.out(`The echo upstream listens on ${upstream.url}`)
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    await upstream.close()
    return 0
  } catch (error) {
    io.err(textOf(error))
    return 1
  }
}

function parse(args: readonly string[]): { port: number; host: string } | null {
  try {
    const options = { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '' } } as const
    const { port, host } = parseArgs({ args: [...args], options }).values
    return /^\d{1,5}$/.test(port) && Number(port) < 65536 ? { port: Number(port), host } : null
  } catch {
    return null
  }
}
