import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../lab.ts'
import { measuredPath, type OwnServer } from '../server.ts'

const DEADLINE_MS = 120_000

/** Opens keep-alive connections from another process; each has had its answer, and is kept until it is told. */
export async function holdConnections(lab: Lab, { origin, name }: OwnServer, count: number): Promise<{ close(): Promise<void> }> {
  const program = join(import.meta.dirname, 'idle-connections-client.ts')
  const command = [process.execPath, program, new URL(origin).port, measuredPath, String(count)]
  const client = lab.start('idle connections', lab.settings.cores.load, command)
  const deadline = Date.now() + DEADLINE_MS
  while (!client.output.includes(`${count} idle`)) {
    if (client.ended || Date.now() > deadline) {
      throw new Error(`Hold ${count} connections to ${name} failed: ${client.output.trim() || 'too slow'}`)
    }
    await sleep(20)
  }
  return { close: () => lab.stop(client) }
}
