import { once } from 'node:events'
import { openEcho } from '../echo/open-echo.ts'
import { failure } from '../errors.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern echo`: the echo upstream, on every interface unless told otherwise, until SIGTERM or SIGINT. */
export const echo: Command = async (args, io) => {
  const { port = '8080', host = '' } = readOptions('echo', args, ['port', 'host'])
  const upstream = await openEcho({ port: portOf(port), host })
  io.out(`The echo upstream listens on ${upstream.url}`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  await upstream.close()
  return 0
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw failure('usage_wrong', { command: 'echo', reason: `found the port "${text}", expected a number from 0 to 65535` })
}
