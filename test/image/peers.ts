import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { docker, images } from './containers.ts'

/** Redis and the proxies that fleets are commonly put behind, on the base that the gateway's image has, from Debian's packages. */
const DOCKERFILE = `
FROM ${images.gateway}
USER root
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends redis-server nginx-light haproxy >/dev/null
EXPOSE 8080 8404
HEALTHCHECK NONE
ENTRYPOINT []
`

/** An image with what stands around gateways; it goes when its owner does. */
export async function buildPeers(): Promise<AsyncDisposable & { readonly image: string }> {
  const image = `postern-test-peers:${process.pid}`
  const build = spawn('docker', ['build', '--force-rm', '--quiet', '--tag', image, '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  build.stdin.end(DOCKERFILE)
  const [stderr, [code]] = await Promise.all([text(build.stderr), once(build, 'close')])
  if (code !== 0) throw new Error(`Build an image with Redis and proxies failed: ${stderr}`)
  return { image, [Symbol.asyncDispose]: () => docker.getImage(image).remove() }
}
