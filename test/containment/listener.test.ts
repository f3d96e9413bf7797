import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { openHttp2 } from '../listener/http2-client.ts'
import { pems } from '../listener/pems.ts'
import { nameShown } from '../listener/tls-client.ts'
import { childrenOf, untilGone } from './supervised.ts'

test('a process that takes the place of another goes on with TLS and HTTP/2 on the same port', async () => {
  await using upstream = await startUpstream()
  await using gateway = await startGatewayProcess(
    {
      definitions: { 'api.json': definition(upstream.url) },
      files: { 'one.pem': pems.one.cert + pems.one.key },
      config: { http_server_options: { use_ssl: true, enable_http2: true, ssl_certificates: ['one.pem'] } },
    },
    { supervised: true },
  )
  const ask = async () => {
    await using client = await openHttp2(`https://127.0.0.1:${gateway.port}`)
    return (await client.ask({})).text
  }
  assert.equal(await ask(), 'ok')
  const [pid = 0] = childrenOf(gateway.pid)
  process.kill(pid, 'SIGKILL')
  await untilGone(pid)
  assert.equal(await nameShown(gateway.port), 'one.test')
  assert.equal(await ask(), 'ok')
})
