import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** What V8's own tests ask it for; `%` calls are no JavaScript, so they are made from text. */
const program = `
const ask = (call) => eval('%' + call)
const protectors = ['ArrayIterator', 'MapIterator', 'SetIterator', 'StringIterator', 'ArraySpecies', 'PromiseSpecies',
  'RegExpSpecies', 'TypedArraySpecies', 'NoElements']
const looked = ['Object', 'Function', 'Array', 'String', 'Number', 'Promise', 'Map', 'Set', 'Date', 'JSON', 'Math', 'Buffer', 'RegExp']
const objects = () => looked.flatMap((name) => [[name, globalThis[name]], [name + '.prototype', globalThis[name].prototype]])
  .filter(([, value]) => value !== undefined)
const slow = () => [
  ...protectors.filter((name) => !ask(name + 'Protector()')),
  ...objects().filter(([, object]) => !%HasFastProperties(object)).map(([name]) => name),
]
const before = slow()
const { protectShared } = await import(process.argv[1])
protectShared()
process.stdout.write(JSON.stringify({ before, after: slow() }))
`

test('built-in objects that are protected keep the fast paths that V8 has for them', () => {
  const module = join(import.meta.dirname, '../../src/plugin/protection/protect-shared.ts')
  const options = ['--allow-natives-syntax', '--no-warnings', '--input-type=module', '-e', program, module]
  const { before, after } = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' }))
  assert.deepEqual({ before, after }, { before: [], after: [] })
})

/** In a process of its own, since protection cannot be taken back. */
const globals = `
const names = Object.getOwnPropertyNames(globalThis).filter((name) => name !== 'localStorage' && name !== 'sessionStorage')
const kinds = () => Object.fromEntries(names.map((name) => [name, typeof globalThis[name]]))
const before = kinds()
const { protectShared } = await import(process.argv[1])
protectShared()
process.stdout.write(JSON.stringify({ before, after: kinds(), random: globalThis.crypto.randomUUID().length }))
`

test('every global is there when built-in objects are protected, those that are read through a function too', () => {
  const module = join(import.meta.dirname, '../../src/plugin/protection/protect-shared.ts')
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', globals, module], { encoding: 'utf8' })
  const { before, after, random } = JSON.parse(output)
  assert.deepEqual(after, before)
  assert.equal(random, 36)
})
