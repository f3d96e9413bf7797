import { spawnSync } from 'node:child_process'
import { progress } from '../measurement.ts'
import { repository } from '../settings.ts'

/** What the gateway image runs: one program, without types to be stripped. */
export const builtGateway = 'dist/gateway/postern.js'

let isBuilt = false

/** Does what `npm run build` does, once. */
export function buildGateway(): void {
  if (isBuilt) return
  progress('building')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: repository, encoding: 'utf8' })
  if (status !== 0) throw new Error(`Build the gateway failed: ${stderr || stdout}`)
  isBuilt = true
}
