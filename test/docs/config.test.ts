import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commentedConfig, commentOf, configDescriptions, configReference } from '../../scripts/docs-config.ts'
import { configKeys } from '../../src/control/config/keys.ts'
import { configSchema } from '../../src/control/config/schema.ts'
import { readText } from '../guards/source-files.ts'

test('docs/config.md is what the schema of gateway.conf says today', () => {
  assert.equal(readText('docs/config.md'), configReference(), 'run: node scripts/docs-config.ts')
})

test('docs/gateway.conf.reference and the descriptions for editors are what the schema says today', () => {
  assert.equal(readText('docs/gateway.conf.reference'), commentedConfig(), 'run: node scripts/docs-config.ts')
  assert.equal(readText('src/control/config/descriptions.json'), configDescriptions(), 'run: node scripts/docs-config.ts')
})

test('docs/gateway.conf.reference is a configuration that changes nothing, once its comments are taken away', () => {
  const json = readText('docs/gateway.conf.reference').replace(/^\s*\/\/.*$/gm, '')
  assert.deepEqual(configSchema.parse(JSON.parse(json)), configSchema.parse({}))
})

test('the comment of every key names the default that the schema has', () => {
  const defaults: unknown = configSchema.parse({})
  for (const { path } of configKeys) {
    const value = path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], defaults)
    const named = /Default (\S+?)(?: \(.*\))?\.$/.exec(commentOf(path))?.[1]
    assert.equal(named, shown(value), path.join('.'))
  }
})

/** A default as comments write it. */
function shown(value: unknown): string {
  if (value === '') return "''"
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return 'none'
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? `\`${value}\`` : String(value)
}
