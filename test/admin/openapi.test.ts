import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { openAdmin } from './admin-stage.ts'

test('the document is one of OpenAPI 3.1, with a name of its own for every operation', async () => {
  await using stage = await openAdmin()
  const { json } = await stage.call('GET /tyk/openapi.json')
  const { valid, errors } = await new Validator().validate(structuredClone(json))
  assert.ok(valid, JSON.stringify(errors))
  const operations = Object.values(json.paths as Record<string, Record<string, { operationId: string }>>).flatMap(Object.values)
  const ids = operations.map(({ operationId }) => operationId)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.includes('getTykKeysById'), ids.join())
})

test('what a body may be is what requests are checked against', async () => {
  await using stage = await openAdmin()
  const { json } = await stage.call('GET /tyk/openapi.json')
  const { schema } = json.paths['/tyk/keys'].post.requestBody.content['application/json']
  assert.equal(schema.properties.rate.type, 'number')
  assert.equal(schema.properties.expires.description, 'Unix seconds; 0 or negative: never')
  assert.deepEqual(schema.required, undefined, 'every field may be missing')
})
