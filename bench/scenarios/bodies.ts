import { files } from '../nginx.ts'
import type { Gateway } from '../postern.ts'
import { expectEqual } from './expect.ts'
import type { Scenario } from './scenario.ts'

type Size = keyof typeof files

/** Few, since a body of 10 MB keeps one busy, and what is under way at the end of a run is not counted. */
const CONNECTIONS_OF_LARGE_BODIES = 4

const limits = { cpuAtMost: 1.05 }

/** What a body costs, each way. A request without one is `keyless`. */
export const bodyScenarios: readonly Scenario[] = [
  download('1k', '1 KB'),
  upload('1k', '1 KB'),
  { ...download('100k', '100 KB'), limits },
  { ...upload('100k', '100 KB'), limits },
  { ...download('10m', '10 MB'), limits, connections: CONNECTIONS_OF_LARGE_BODIES },
  { ...upload('10m', '10 MB'), limits, connections: CONNECTIONS_OF_LARGE_BODIES },
]

function download(size: Size, shown: string): Scenario {
  const path = `/bench/files/${size}`
  return {
    name: `download-${size}`,
    title: `response bodies of ${shown}`,
    gateway: {
      async verify(gateway: Gateway) {
        expectEqual(gateway, 'the length of the body', (await gateway.ask(path)).body.length, files[size])
      },
    },
    requests: [{ path }],
    headers: [12],
  }
}

function upload(size: Size, shown: string): Scenario {
  const path = '/bench/upload'
  return {
    name: `upload-${size}`,
    title: `request bodies of ${shown}`,
    gateway: {
      async verify(gateway: Gateway) {
        const { body } = await gateway.ask(path, { method: 'POST', body: Buffer.alloc(files[size], 'x') })
        expectEqual(gateway, 'the length that the upstream has received', body, String(files[size]))
      },
    },
    requests: [{ method: 'POST', path, body: files[size] }],
    headers: [12],
  }
}
