// Run by soak.test.ts in a process of its own, with a small heap. Prints what it saw as JSON.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'

const REPLACEMENTS = 1000
const FILLER = 'x'.repeat(250_000)

declare const gc: () => void

/** 0.25 MB that differ in every version, with an interval that nobody clears. */
function artifact(version: number): string {
  return makeArtifact(`
    const filler = '${version} ${FILLER}'
    setInterval(() => filler.length, 1000)
    globalThis.noteVersion(module.exports)
    exports.Answer = (c) => c.text('${version} ' + filler.length)
  `)
}

let collected = 0
const registry = new FinalizationRegistry(() => {
  collected += 1
})
Object.assign(globalThis, { noteVersion: (exports: object) => registry.register(exports, undefined) })

const gateway = await startGateway({
  definitions: {
    'a.json': definition('http://127.0.0.1:1/', {
      custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Answer', path: 'plugins/plugin.js' }] },
    }),
  },
})
const file = join(gateway.folder.path, 'plugins/plugin.js')
await mkdir(join(gateway.folder.path, 'plugins'))

const agent = new Agent({ keepAlive: true, maxSockets: 8 })
function ask(): Promise<{ status: number; version: number }> {
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port: gateway.port, path: '/api/' }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode as number, version: Number.parseInt(text, 10) })
    })
    call.on('error', reject).end()
  })
}

let acknowledged = -1
let requests = 0
let failed = 0
let wrong = 0
let running = true

async function load(): Promise<void> {
  while (running) {
    const atLeast = acknowledged
    const answer = await ask().catch(() => ({ status: 0, version: -1 }))
    requests += 1
    if (answer.status !== 200) failed += 1
    else if (answer.version < atLeast) wrong += 1
  }
}

async function replace(version: number): Promise<void> {
  await writeFile(`${file}.new`, artifact(version))
  await rename(`${file}.new`, file)
  await gateway.reload()
  acknowledged = version
}

async function heapInUse(): Promise<number> {
  for (let i = 0; i < 4; i += 1) {
    gc()
    await delay(20)
  }
  return process.memoryUsage().heapUsed
}

await replace(0)
const clients = Array.from({ length: 4 }, load)
let heapAfter100 = 0
for (let version = 1; version <= REPLACEMENTS; version += 1) {
  await replace(version)
  gateway.log.lines.length = 0
  if (version === 100) heapAfter100 = await heapInUse()
}
running = false
await Promise.all(clients)
const heapAfterAll = await heapInUse()
process.stdout.write(
  JSON.stringify({ replacements: acknowledged, requests, failed, wrong, heapAfter100, heapAfterAll, collected }),
)
agent.destroy()
await gateway[Symbol.asyncDispose]()
