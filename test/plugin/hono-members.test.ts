import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Context } from 'hono'
import { HonoRequest } from 'hono/request'
import { PluginContext } from '../../src/plugin/context.ts'
import { PluginRequest } from '../../src/plugin/plugin-request.ts'

/** Hono's own methods that use nothing but public members, and so work on our objects as they are. */
const INHERITED = new Set(['header', 'query', 'queries', 'parseBody'])

function membersOf(instance: object, prototype: object): string[] {
  const names = [...Object.getOwnPropertyNames(instance), ...Object.getOwnPropertyNames(prototype)]
  return [...new Set(names)].filter((name) => name !== 'constructor').sort()
}

test('a plugin context has every member of the Context of the Hono that is installed, and is one', () => {
  const missing = membersOf(new Context(new Request('http://localhost/')), Context.prototype).filter(
    (name) => !Object.hasOwn(PluginContext.prototype, name),
  )
  assert.deepEqual(missing, [])
  assert.ok(PluginContext.prototype instanceof Context)
})

test('the request of a plugin context has every member of the HonoRequest that is installed, and is one', () => {
  const own = new Set([...Object.getOwnPropertyNames(PluginRequest.prototype), 'bodyCache', 'routeIndex'])
  const missing = membersOf(new HonoRequest(new Request('http://localhost/')), HonoRequest.prototype).filter(
    (name) => !own.has(name) && !INHERITED.has(name),
  )
  assert.deepEqual(missing, [])
  assert.ok(PluginRequest.prototype instanceof HonoRequest)
})
