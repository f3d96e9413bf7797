import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { isFailure } from '../../src/errors.ts'
import * as contract from '../../src/plugin/contract/index.ts'
import { type LoadedArtifact, loadArtifact, type PluginHost } from '../../src/plugin/loader.ts'
import { artifactOf } from './make-artifact.ts'

type Line = Record<string, unknown> & { level: number; msg?: string; err?: { message: string } }

function openHost(globals: Record<string, unknown> = {}): PluginHost & { lines: Line[] } {
  const lines: Line[] = []
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const unused = () => assert.fail('not called here')
  return { log, lines, globals, kv: { get: async () => undefined, set: unused, delete: unused, increment: unused } }
}

/** Loads the text and calls its export `run`. */
function run(code: string, host = openHost(), ...args: unknown[]): { result: unknown; loaded: LoadedArtifact } {
  const loaded = loadArtifact(artifactOf(code), host)
  const handler = loaded.exports.get('run')?.handler as (...args: unknown[]) => unknown
  return { result: handler(...args), loaded }
}

test('functions and defined plugins are loaded under their names, other exports are not', () => {
  const { exports } = loadArtifact(
    artifactOf(`
      const { definePlugin } = require('postern/plugin')
      exports.Plain = function () {}
      exports.Defined = definePlugin({ handler() {}, config: 'schema' })
      exports.limit = 10
    `),
    openHost(),
  )
  assert.deepEqual([...exports.keys()], ['Plain', 'Defined'])
  assert.equal(exports.get('Plain')?.options, null)
  assert.equal(exports.get('Defined')?.options?.config, 'schema')
})

test('postern/plugin is the gateway’s own, apart from the log and the store', () => {
  const found = Promise.resolve()
  const host = openHost()
  const kvOfHost = { ...host.kv, get: () => found as Promise<never> }
  const { result } = run(`exports.run = () => require('postern/plugin')`, { ...host, kv: kvOfHost })
  const { log, kv, ...rest } = result as typeof contract
  const { log: _log, kv: _kv, ...others } = contract
  assert.equal(kv.get('key'), found)
  assert.deepEqual(Object.keys(rest), Object.keys(others))
  for (const [name, value] of Object.entries(others)) assert.equal(Reflect.get(rest, name), value, name)
  assert.equal(log.get(), log.get())
})

test('a plugin requires the built-in modules of Node, and nothing else', () => {
  const { result } = run(`exports.run = () => [require('fs'), require('node:fs'), require('path').sep]`)
  assert.deepEqual(result, [fs, fs, '/'])
  for (const id of ['lodash', './other.js', '/etc/passwd', 'node:nonsense', '']) {
    assert.throws(
      () => run(`exports.run = (id) => require(id)`, openHost(), id),
      (error: Error & { code?: string }) => {
        assert.match(error.message, /may require "postern\/plugin" and Node's built-in modules only/)
        return error.code === 'MODULE_NOT_FOUND'
      },
    )
  }
})

test('what a plugin assigns to a built-in module stays its own', () => {
  const { result } = run(`const fs = require('fs'); fs.readFileSync = fs.own = 1; exports.run = () => require('node:fs')`)
  const changed = result as typeof fs & { own: number }
  assert.deepEqual([changed.readFileSync, changed.own, changed.promises], [1, 1, fs.promises])
  assert.equal(typeof fs.readFileSync, 'function')
  assert.equal('own' in fs, false)
})

test('a plugin cannot end the process, and what it assigns to it stays its own', () => {
  for (const method of ['exit', 'kill', 'abort', 'reallyExit']) {
    for (const got of ['process', `require('process')`, `require('node:process')`]) {
      assert.throws(() => run(`exports.run = () => ${got}.${method}(0)`), {
        code: 'plugin_process_refused',
        message: new RegExp(`process\\.${method}\\(\\) from plugin "sample"`),
      })
    }
  }
  process.env.POSTERN_TEST_LOADER = 'seen'
  const { result } = run(`exports.run = () => {
    const seen = process.env.POSTERN_TEST_LOADER
    process.env.POSTERN_TEST_LOADER = 'changed'
    process.exitCode = 3
    return [seen, process.env.POSTERN_TEST_LOADER, process.exitCode, process.pid, typeof process.hrtime.bigint()]
  }`)
  assert.deepEqual(result, ['seen', 'changed', 3, process.pid, 'bigint'])
  assert.equal(process.env.POSTERN_TEST_LOADER, 'seen')
  assert.equal(process.exitCode, undefined)
  delete process.env.POSTERN_TEST_LOADER
})

test('listeners on process hear it until their version is disposed', async () => {
  const heard: unknown[] = []
  const { loaded } = run(`exports.run = (heard) => process.on('postern-test', (x) => heard.push(x))`, openHost(), heard)
  process.emit('postern-test' as never, 1 as never)
  await loaded.dispose()
  process.emit('postern-test' as never, 2 as never)
  assert.deepEqual(heard, [1])
  assert.equal(process.listenerCount('postern-test'), 0)
})

test('the text may declare the names of the globals it is given', () => {
  const Response = class {}
  const host = openHost({ Response, fetch: () => 'lent' })
  assert.deepEqual(run(`exports.run = () => [fetch(), Response]`, host).result, ['lent', Response])
  const { result } = run(
    `"use strict"; const process = 1; let console = 2; class Response {}; function fetch() { return 3 }
     exports.run = () => [process, console, fetch(), Response.name, this === exports, __filename, __dirname]`,
    host,
  )
  assert.deepEqual(result, [1, 2, 3, 'Response', true, '/plugins/sample/plugin.js', '/plugins/sample'])
})

test('log and console write lines tagged with the plugin, and no argument is lost', () => {
  const host = openHost()
  run(
    `const logger = require('postern/plugin').log.get()
     exports.run = () => {
       logger.info('hits', 3, { path: '/a' })
       logger.warn({ hits: 4 }, 'many %s', 'hits', 'now')
       logger.error('failed', new Error('no route'))
       console.log('a', { b: 1 })
       console.debug('quiet')
       console.warn('careful')
       console.error(new Error('broken'))
       console.trace('here')
       console.table([{ x: 1 }])
       console.assert(1 === 2, 'sums')
     }`,
    host,
  )
  const said = host.lines.map(({ level, msg }) => [pino.levels.labels[level], msg?.split('\n')[0]])
  assert.deepEqual(said, [
    ['info', "hits 3 { path: '/a' }"],
    ['warn', 'many hits now'],
    ['error', 'failed no route'],
    ['info', 'a { b: 1 }'],
    ['debug', 'quiet'],
    ['warn', 'careful'],
    ['error', 'Error: broken'],
    ['trace', 'Trace: here'],
    ['info', '┌─────────┬───┐'],
    ['warn', 'Assertion failed: sums'],
  ])
  assert.equal(host.lines[1]?.hits, 4)
  assert.equal(host.lines[2]?.err?.message, 'no route')
  for (const { plugin, plugin_version, artifact } of host.lines) {
    assert.deepEqual([plugin, plugin_version, artifact], ['sample', '1.0.0', '/plugins/sample/plugin.js'])
  }
})

for (const [how, code] of [
  ['throws an error', 'throw new TypeError("no config")'],
  ['throws a string', 'throw "no config"'],
  ['does not parse', 'const no config'],
  ['has an export that throws', 'Object.defineProperty(exports, "x", { enumerable: true, get() { throw Error("no config") } })'],
]) {
  test(`an artifact that ${how} is one error that names it, and leaves nothing running`, async () => {
    let ticks = 0
    const host = openHost({ tick: () => ticks++ })
    assert.throws(
      () => loadArtifact(artifactOf(`setInterval(tick, 1); ${code}`), host),
      (error) =>
        isFailure(error, 'artifact_threw') && /"sample".*"\/plugins\/sample\/plugin\.js"/.test(error.message) && 'cause' in error,
    )
    await sleep(10)
    assert.equal(ticks, 0)
  })
}

test('every kind of timer works, and none outlives its version', async () => {
  const calls: string[] = []
  const { loaded, result } = run(
    `const { setTimeout: wait, setInterval: every } = require('timers/promises')
     const { promisify } = require('util')
     exports.run = async (calls) => {
       await new Promise((go) => setTimeout((x) => go(calls.push(x)), 1, 'timeout'))
       await new Promise((go) => setImmediate((x) => go(calls.push(x)), 'immediate'))
       await new Promise((go) => { const t = setInterval(() => { clearInterval(t); go(calls.push('interval')) }, 1) })
       clearTimeout(setTimeout(() => calls.push('cleared'), 1))
       calls.push(await wait(1, 'promise'), await promisify(setTimeout)(1, 'promisified'))
       for await (const x of every(1, 'loop')) { calls.push(x); break }
       await wait(5, null, { signal: AbortSignal.abort() }).catch((error) => calls.push(error.name))

       const late = () => calls.push('late')
       setTimeout(late, 10)
       require('node:timers').setInterval(late, 10)
       wait(10).then(late)
       const forever = async () => { for await (const _ of every(10)) late(); calls.push('loop ended'); setTimeout(late, 1) }
       forever()
       const fired = setTimeout(() => {}, 0)
       await wait(2)
       fired.refresh()
     }`,
    openHost(),
    calls,
  )
  await result
  const before = ['timeout', 'immediate', 'interval', 'promise', 'promisified', 'loop', 'AbortError']
  assert.deepEqual(calls, before)
  await loaded.dispose()
  await sleep(30)
  assert.deepEqual(calls, [...before, 'loop ended'])
})

test('dispose runs each plugin’s clean-up once, with timers, and logs what it throws', async () => {
  const host = openHost({ calls: [] as string[] })
  const loaded = loadArtifact(
    artifactOf(`
      const { definePlugin } = require('postern/plugin')
      const handler = () => {}
      exports.A = definePlugin({ handler, dispose: () => new Promise((done) => setTimeout(() => done(calls.push('a')), 5)) })
      exports.Again = exports.A
      exports.B = definePlugin({ handler, dispose() { calls.push('b'); throw new Error('socket closed') } })
    `),
    host,
  )
  await Promise.all([loaded.dispose(), loaded.dispose()])
  await loaded.dispose()
  assert.deepEqual(host.globals?.calls, ['b', 'a'])
  assert.deepEqual(
    host.lines.map(({ code, msg, plugin }) => [code, msg, plugin]),
    [['plugin_dispose_failed', 'Dispose the export "B" of plugin "sample" failed: socket closed', 'sample']],
  )
})
