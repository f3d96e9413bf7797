import { once } from 'node:events'
import inspector from 'node:inspector'
import { devHooks } from '../compiler/manifest.ts'
import { openDevGateway } from '../dev/dev-gateway.ts'
import { failure, isFailure } from '../errors.ts'
import { protectShared } from '../plugin/protection/protect-shared.ts'
import type { Command, Io } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE = `usage: postern plugin dev DIR [--port PORT] [--upstream URL] [--hook HOOK] [--inspect[=PORT]]
  serves the plugin in DIR on PORT (8181), and again whenever it is saved, with DIR/dev.json, DIR/api.json, or every
  plugin in HOOK (${devHooks.join(', ')}); without URL the upstream answers with what it was sent`

const OPTIONS = {
  port: { type: 'string' },
  upstream: { type: 'string' },
  hook: { type: 'string' },
  inspect: { type: 'string' },
} as const

/** `postern plugin dev`: serves a plugin while it is written, until SIGINT or SIGTERM. */
export const pluginDev: Command = async (args, io) => {
  try {
    const { path: folder, values } = readArguments('plugin dev', args.map(withPort), OPTIONS)
    const port = values.port === undefined ? 8181 : portOf(values.port)
    const options = { folder, port, upstream: upstreamOf(values.upstream), hook: hookOf(values.hook) }
    if (values.inspect !== undefined) inspector.open(portOf(values.inspect), '127.0.0.1')
    await serve(options, io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  } finally {
    if (inspector.url()) inspector.close()
  }
}

async function serve(options: Omit<Parameters<typeof openDevGateway>[0], 'print'>, io: Io): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  protectShared()
  const dev = await openDevGateway({ ...options, print: (text) => io.out(text) }).catch((error) => {
    throw isFailure(error, 'port_in_use') ? failure('dev_port_in_use', { port: options.port }, error) : error
  })
  io.out(`Serves "${options.folder}" on ${dev.url}; Ctrl-C ends it`)
  await stopped
  await dev.close()
}

/** Node's own option may have its value left out. */
function withPort(arg: string): string {
  return arg === '--inspect' ? '--inspect=9229' : arg
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw wrong(`found the port "${text}", expected a number from 0 to 65535`)
}

function upstreamOf(text: string | undefined): string | undefined {
  if (text === undefined || /^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  throw wrong(`found the upstream "${text}", expected an http or https URL`)
}

function hookOf(text: string | undefined): (typeof devHooks)[number] | undefined {
  const hook = devHooks.find((one) => one === text)
  if (text === undefined || hook) return hook
  throw wrong(`found the hook "${text}", expected one of ${devHooks.join(', ')}`)
}

function wrong(reason: string) {
  return failure('usage_wrong', { command: 'plugin dev', reason })
}
