/** Tests made of the OpenAPI document: whatever endpoint it has is asked in every way that has to be refused. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type AdminStage, type OpenApi, openAdmin } from './admin-stage.ts'

const root = join(import.meta.dirname, '../..')

interface Endpoint {
  readonly method: string
  readonly path: string
  /** The path with something for each name in it. */
  readonly target: string
  readonly secured: boolean
  readonly hasBody: boolean
  readonly takesJson: boolean
  readonly statuses: readonly string[]
}

let stage: AdminStage
let endpoints: readonly Endpoint[]

before(async () => {
  stage = await openAdmin({
    files: { 'policies/none.json': '{ "id": "none" }' },
    config: { policies: { policy_path: 'policies' } },
  })
  const { paths } = (await stage.call('GET /tyk/openapi.json')).json as OpenApi
  endpoints = Object.entries(paths).flatMap(([path, operations]) => {
    return Object.entries(operations).map(([method, { security, responses, requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      target: path.replaceAll(/\{\w+\}/g, 'no-such-thing'),
      secured: security.length > 0,
      hasBody: requestBody !== undefined,
      takesJson: requestBody !== undefined && 'application/json' in requestBody.content,
      statuses: Object.keys(responses),
    }))
  })
})
after(() => stage?.[Symbol.asyncDispose]())

async function ask(
  { method, target }: Pick<Endpoint, 'method' | 'target'>,
  secret?: string,
  body?: string | Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const headers = secret === undefined ? {} : { 'X-Tyk-Authorization': secret }
  return await fetch(stage.gateway.url + target, { method, headers, ...(body !== undefined && { body }) })
}

describe('every endpoint of the document', () => {
  test('has tests that see every answer that it may give', () => {
    const files = globSync('test/**/*.test.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'))
    const covered = files.flatMap(watchedPaths)
    for (const { path } of endpoints) {
      assert.ok(
        covered.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
        `${path} is below none of the paths that tests ask unseen() for; have one see all of its answers`,
      )
    }
  })

  test('refuses whoever does not have the secret, before anything else', async () => {
    for (const endpoint of endpoints.filter(({ secured }) => secured)) {
      for (const secret of [undefined, '', 'test-secre', 'test-secrett']) {
        const response = await ask(endpoint, secret, endpoint.hasBody ? '{' : undefined)
        assert.equal(response.status, 403, `${endpoint.method} ${endpoint.path} with ${secret}`)
        const message = 'Attempted administrative access with invalid or missing key!'
        assert.deepEqual(await response.json(), { status: 'error', message })
      }
    }
    const open = endpoints.filter(({ secured }) => !secured).map(({ path }) => path)
    assert.deepEqual(open, ['/hello', '/ready'])
  })

  test('knows no other methods', async () => {
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
    for (const { path, target } of endpoints) {
      // Where another path has a name in the place of a word, its methods may answer.
      const like = endpoints.filter((other) => path === other.path || isLike(path, other.path)).map(({ method }) => method)
      for (const method of methods.filter((each) => !like.includes(each))) {
        const response = await ask({ method, target }, 'test-secret')
        assert.equal(response.status, 405, `${method} ${path}`)
        assert.deepEqual(await response.json(), { status: 'error', message: 'Method not supported' })
      }
    }
  })

  test('refuses a body that is no JSON, or none that it knows, in the shape of the others', async () => {
    for (const endpoint of endpoints.filter(({ takesJson }) => takesJson)) {
      for (const body of ['', '{', '[]', '3', 'null', '"text"']) {
        const response = await ask(endpoint, 'test-secret', body)
        const name = `${endpoint.method} ${endpoint.path} with ${body}`
        assert.ok(
          [400, 500].includes(response.status) && endpoint.statuses.includes(String(response.status)),
          `${name}: ${response.status}`,
        )
        const answer = (await response.json()) as { status: string; problems: string[] }
        assert.equal(answer.status, 'error', name)
        assert.ok(answer.problems.length > 0, `${name}: ${JSON.stringify(answer)}`)
      }
    }
  })

  test('refuses a body that is too large', async () => {
    const large = Buffer.alloc(10 * 1024 * 1024 + 1, ' ')
    for (const endpoint of endpoints.filter(({ takesJson }) => takesJson)) {
      const response = await ask(endpoint, 'test-secret', large)
      assert.equal(response.status, 413, `${endpoint.method} ${endpoint.path}`)
      assert.ok(endpoint.statuses.includes('413'), `${endpoint.method} ${endpoint.path} is documented to`)
      assert.deepEqual(await response.json(), { status: 'error', message: 'Request Entity Too Large' })
    }
  })

  test('says so of an id that there is not', async () => {
    const named = endpoints.filter(({ path, hasBody, statuses }) => path.includes('{') && !hasBody && statuses.includes('404'))
    assert.ok(named.length > 5)
    for (const endpoint of named) {
      const response = await ask(endpoint, 'test-secret')
      assert.equal(response.status, 404, `${endpoint.method} ${endpoint.path}`)
      const answer = (await response.json()) as { status: string; message: string }
      assert.deepEqual([answer.status, typeof answer.message], ['error', 'string'])
    }
  })

  test('writes nothing of what it is refused for to the log as an error of the gateway', () => {
    const errors = stage.log.lines.filter((line) => JSON.parse(line).level === 'error')
    assert.deepEqual(
      errors.filter((line) => line.includes('internal')),
      [],
    )
  })
})

/** Whether a template with names fits the path. */
function isLike(path: string, template: string): boolean {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
}

/** The paths that a test file asks `unseen()` for, as they are or by the name of a list. */
function watchedPaths(text: string): string[] {
  const calls = [...text.matchAll(/\bunseen\(([^)]*)\)/g)].map(([, list = '']) => list)
  const lists = calls.map((call) => {
    const [, name] = /^\.\.\.(\w+)$/.exec(call) ?? []
    return name === undefined ? call : (new RegExp(`const ${name} = \\[([^\\]]*)\\]`).exec(text)?.[1] ?? '')
  })
  return lists.flatMap((list) => [...list.matchAll(/'([^']+)'/g)].map(([, path = '']) => path))
}
