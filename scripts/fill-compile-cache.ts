/**
 * Part of `npm run build`: starts the built gateway once and has it answer, so that V8's code of what a start needs lies beside
 * it, in compile-cache. Node takes it for the same version of itself on the same kind of processor, and passes it over elsewhere.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A start takes less than a second; on an emulated processor it may take twenty times as long. */
const LONGEST_MS = 60_000

/** @param folder of the built gateway */
export async function fillCompileCache(folder: string): Promise<void> {
  const site = await mkdtemp(join(tmpdir(), 'postern-build-'))
  const upstream = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1')
  try {
    for (const made of [join(folder, 'compile-cache'), join(site, 'apps'), join(site, 'data')]) await mkdir(made)
    await writeFile(join(site, 'gateway.conf'), JSON.stringify({ ...settings, app_path: 'apps', data_path: 'data' }))
    await writeFile(join(site, 'apps/api.json'), JSON.stringify(definition((upstream.address() as AddressInfo).port)))
    await run(join(folder, 'postern.js'), join(site, 'gateway.conf'))
  } finally {
    upstream.close()
    await rm(site, { recursive: true })
  }
}

const settings = { listen_address: '127.0.0.1', listen_port: 0, secret: 'build', log_format: 'json' }

function definition(port: number): object {
  return {
    name: 'build',
    api_id: 'build',
    use_keyless: true,
    proxy: { listen_path: '/build/', target_url: `http://127.0.0.1:${port}/`, strip_listen_path: true },
    version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
  }
}

async function run(program: string, conf: string): Promise<void> {
  const child = spawn(process.execPath, [program, 'start', '--conf', conf], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    const { url } = JSON.parse(line) as { readonly url?: string }
    if (url === undefined) continue
    for (const path of ['build/', 'hello']) await (await fetch(new URL(path, url))).arrayBuffer()
    child.kill('SIGTERM')
  }
  const code = await ended
  clearTimeout(overdue)
  if (code !== 0) throw new Error(`the built gateway ended with ${code} when it was tried:\n${said.join('\n')}`)
}
