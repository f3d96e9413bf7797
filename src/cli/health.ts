import { readFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { get as getByTls } from 'node:https'
import { failure, textOf } from '../errors.ts'
import type { Command, Io } from './io.ts'
import { readOptions } from './options.ts'

const TIMEOUT_MS = 5_000

/**
 * `postern health`: exit code 0 if the gateway says that it is ready. It runs every few seconds in containers, so it reads the three keys
 * that it needs by itself and loads nothing else.
 */
export const health: Command = async (args, io) => {
  const { url, conf } = readOptions('health', args, ['url', 'conf'])
  const target = url ?? (await urlOf(conf, io))
  try {
    const { status, body } = await ask(target)
    if (status !== 200) throw new Error(`answered ${status}${body === '' ? '' : ` ${body}`}`)
    io.out('ready')
    return 0
  } catch (error) {
    throw failure('health_failed', { url: target, reason: textOf(error) }, error)
  }
}

async function urlOf(conf: string | undefined, { env }: Io): Promise<string> {
  const settings = await readSettings(conf ?? env.POSTERN_CONF ?? 'gateway.conf', conf !== undefined)
  const port = env.POSTERN_LISTEN_PORT ?? settings.listen_port ?? 8181
  const address = env.POSTERN_LISTEN_ADDRESS ?? settings.listen_address ?? ''
  const host = ['', '0.0.0.0', '::'].includes(address) ? '127.0.0.1' : address.includes(':') ? `[${address}]` : address
  const useSsl = env.POSTERN_HTTP_SERVER_OPTIONS_USE_SSL ?? String(settings.http_server_options?.use_ssl ?? false)
  return `${useSsl === 'true' ? 'https' : 'http'}://${host}:${port}/ready`
}

/** The keys that it needs. */
interface Settings {
  readonly listen_port?: number
  readonly listen_address?: string
  readonly http_server_options?: { readonly use_ssl?: boolean }
}

async function readSettings(file: string, required: boolean): Promise<Settings> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw failure('config_unreadable', { file, reason: textOf(error) }, error)
  }
}

function ask(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, agent: false } as const
    const receive = (response: IncomingMessage) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
      response.on('error', reject)
    }
    // The certificate is for the gateway's domains, not for this machine, and what is asked for is no secret.
    const request = url.startsWith('https:')
      ? getByTls(url, { ...options, rejectUnauthorized: false }, receive)
      : get(url, options, receive)
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    request.on('error', reject)
  })
}
