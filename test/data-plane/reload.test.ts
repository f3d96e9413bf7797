import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { type Script, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

const answerTarget: Script = ({ request, answer }) => answer(200, [], request.target)
const get = formatRequest('GET /api/')

/** A definition whose upstream sees `/<name>/`. */
const leadingTo = (url: string, name: string) => definition(url, { proxy: { target_url: `${url}/${name}` } })

/** Asks again and again on several connections until told to stop; returns what was answered. */
function keepAsking(port: number): { stop(): Promise<string[]> } {
  const answers: string[] = []
  let stopped = false
  const ask = async () => {
    using connection = await openConnection(port)
    while (!stopped) {
      await connection.send(get)
      const { status, text } = await connection.receive()
      answers.push(`${status} ${text}`)
    }
  }
  const asking = Promise.all([ask(), ask(), ask(), ask()])
  return {
    async stop() {
      stopped = true
      await asking
      return answers
    },
  }
}

test('requests go on while definitions are swapped, and none fails', async () => {
  await using upstream = await startUpstream(answerTarget)
  await using gateway = await startGateway({ definitions: { 'api.json': leadingTo(upstream.url, '0') } })
  const client = keepAsking(gateway.port)
  for (let version = 1; version <= 20; version++) {
    await gateway.folder.writeDefinition('api.json', leadingTo(upstream.url, String(version)))
    await gateway.reload()
    assert.equal((await exchange(gateway.port, get)).text, `/${version}/`, 'once a reload has returned, the new world serves')
  }
  const answers = await client.stop()
  assert.deepEqual(
    answers.filter((answer) => !/^200 \/\d+\/$/.test(answer)),
    [],
  )
  assert.equal(upstream.connections <= 6, true, 'connections to an upstream outlive a reload')
})

describe('a reload', () => {
  test('is asked for by GET /tyk/reload with the secret', async () => {
    await using upstream = await startUpstream(answerTarget)
    await using gateway = await startGateway({ definitions: { 'api.json': leadingTo(upstream.url, 'old') } })
    await gateway.folder.writeDefinition('api.json', leadingTo(upstream.url, 'new'))
    assert.equal((await exchange(gateway.port, formatRequest('GET /tyk/reload'))).status, 403)
    assert.equal((await exchange(gateway.port, get)).text, '/old/')
    const { status, text } = await exchange(gateway.port, formatRequest('GET /tyk/reload', ['X-Tyk-Authorization: test-secret']))
    assert.equal(status, 200)
    assert.equal(JSON.parse(text).status, 'ok')
    assert.equal((await exchange(gateway.port, get)).text, '/new/')
  })

  test('is asked for by SIGHUP', async () => {
    await using upstream = await startUpstream(answerTarget)
    await using gateway = await startGatewayProcess({ definitions: { 'api.json': leadingTo(upstream.url, 'old') } })
    const client = keepAsking(gateway.port)
    await gateway.folder.writeDefinition('api.json', leadingTo(upstream.url, 'new'))
    gateway.signal('SIGHUP')
    await until('the new definition to serve', async () => (await exchange(gateway.port, get)).text === '/new/')
    const answers = await client.stop()
    assert.deepEqual([...new Set(answers)].sort(), ['200 /new/', '200 /old/'])
  })

  test('leaves alone what a broken definition does not concern, and serves its last good version', async () => {
    await using upstream = await startUpstream(answerTarget)
    const other = definition(upstream.url, { api_id: 'other', name: 'Other', proxy: { listen_path: '/other/' } })
    await using gateway = await startGateway({
      definitions: { 'api.json': leadingTo(upstream.url, 'good'), 'other.json': other },
    })
    await gateway.folder.writeDefinition('api.json', '{ "name": "Broken", ')
    const { failed } = await gateway.reload()
    assert.deepEqual(
      failed.map(({ file }) => file.split('/').at(-1)),
      ['api.json'],
    )
    assert.equal((await exchange(gateway.port, get)).text, '/good/')
    assert.equal((await exchange(gateway.port, formatRequest('GET /other/'))).text, '/')
  })

  test('lets a response end that began before it, although its API is gone', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ definitions: { 'api.json': definition(upstream.url) } })
    let finish: () => Promise<void> = async () => {}
    upstream.script = async ({ write, closed }) => {
      await write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      await write(formatChunk('before '))
      finish = () => write(Buffer.concat([formatChunk('after'), formatChunk('')]))
      await closed
    }
    using connection = await openConnection(gateway.port)
    await connection.send(get)
    const response = connection.receive()
    await until('the request', () => upstream.requests[0])
    await gateway.folder.writeDefinition('api.json', definition(upstream.url, { proxy: { listen_path: '/moved/' } }))
    await gateway.reload()
    assert.equal((await exchange(gateway.port, get)).status, 404)
    await finish()
    const { text, body } = await response
    assert.equal(text, 'before after')
    assert.equal(body.complete, true)
  })

  test('loads a plugin anew whose file has changed, and disposes of the old one once its requests have ended', async () => {
    const version = (number: number) =>
      compiledText(`
        import { definePlugin } from 'postern/plugin'
        export const Versioned = definePlugin({
          handler: async (c, next) => {
            await next()
            c.res.headers.set('X-Version', '${number}')
          },
          dispose: () => console.log('disposed of ${number}'),
        })
      `)
    await using upstream = await startUpstream()
    const custom_middleware = { driver: 'jsplugin', pre: [{ name: 'Versioned', path: 'plugin.js' }] }
    await using gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url, { custom_middleware }) },
      artifacts: { 'plugin.js': await version(1) },
    })
    let answer = async () => {}
    upstream.script = (to) => {
      answer = () => to.answer(200)
    }
    using slow = await openConnection(gateway.port)
    await slow.send(get)
    await until('the request', () => upstream.requests[0])

    await copyFile(await version(2), join(gateway.folder.path, 'plugin.js'))
    await gateway.reload()
    upstream.script = (to) => to.answer(200)
    assert.match((await exchange(gateway.port, get)).head.lines.join('\n'), /X-Version: 2/)
    assert.equal(
      gateway.log.lines.some((line) => line.includes('disposed of 1')),
      false,
    )
    await answer()
    assert.match((await slow.receive()).head.lines.join('\n'), /X-Version: 1/)
    await gateway.log.waitFor('disposed of 1')
  })
})
