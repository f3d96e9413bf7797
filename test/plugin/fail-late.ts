/** A process whose plugin fails after its call in the way named on the command line; owner.test.ts runs it. */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { kv } from '../../src/plugin/contract/index.ts'
import { loadArtifact } from '../../src/plugin/loader.ts'
import { installLateFailureHandlers, runAs } from '../../src/plugin/owner.ts'
import { artifactOf } from './make-artifact.ts'

const ways: Record<string, string> = {
  timer: 'setTimeout(() => { throw new Error("late") }, 1)',
  immediate: 'setImmediate(() => { throw new Error("late") })',
  tick: 'process.nextTick(() => { throw new Error("late") })',
  microtask: 'queueMicrotask(() => { throw new Error("late") })',
  rejection: 'Promise.reject(new Error("late"))',
  async: '(async () => { await null; throw new Error("late") })()',
  callback: 'require("fs").stat("/", () => { throw new Error("late") })',
  emitter: 'new (require("events"))().emit("error", new Error("late"))',
  null: 'Promise.reject(null)',
  shared: 'shared.on("event", () => { throw new Error("late") })',
}

const log = pino({ base: null })
const uninstallOther = installLateFailureHandlers(pino({ name: 'another gateway' }))
const uninstall = installLateFailureHandlers(log, async (_owner, stack) => stack.replaceAll('plugin.js', 'mapped.ts'))
const shared = new EventEmitter()
const way = process.argv[2] ?? ''

if (way === 'gateway') {
  setTimeout(() => {
    throw new Error('ours')
  }, 1)
} else {
  const code = `exports.run = () => { setImmediate(() => { ${ways[way]} }) }`
  const { exports, owner } = loadArtifact(artifactOf(code), { log, kv, globals: { shared } })
  runAs(owner, exports.get('run')?.handler as unknown as () => void)
}

await sleep(20)
if (way === 'shared') setImmediate(() => shared.emit('event'))
await sleep(20)
uninstall()
uninstallOther()
log.info(`${process.listenerCount('uncaughtException')} handlers left`)
