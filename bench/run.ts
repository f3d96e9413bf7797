/** `npm run bench [-- <command>]`: see README.md in this folder. */

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { measure } from './bench.ts'
import { type Lab, openLab } from './lab.ts'
import { checkMachine } from './machine.ts'
import { choose, plan } from './plan.ts'
import { profile } from './profile.ts'
import { compareResults, formatComparison } from './report/compare.ts'
import { readResults, resultsFolder } from './report/result-files.ts'
import { readSettings, type Settings } from './settings.ts'
import { countSystemCalls } from './syscalls.ts'

async function main([command, ...parameters]: readonly string[]): Promise<void> {
  switch (command) {
    case 'list':
      return list(readSettings(process.env))
    case 'check':
      return check(parameters)
    case 'profile':
      return inLab((lab) => profile(lab, resultsFolder, parameters[0] ?? 'keyless', parameters[1] ?? '1'))
    case 'syscalls':
      checkMachine(readSettings(process.env), ['strace'])
      return inLab((lab) => countSystemCalls(lab, parameters[0] ?? 'keyless'))
    case 'self-test':
      process.exitCode = selfTest()
      return
    default: {
      const names = command === undefined || command === 'all' ? [] : [command, ...parameters]
      return inLab(async (lab) => {
        const { failures } = await measure(lab, choose(names), names.length === 0 ? 'bench' : 'some')
        if (failures.some(({ harmless }) => !harmless)) process.exitCode = 1
      })
    }
  }
}

function list(settings: Settings): void {
  for (const one of plan())
    console.log(`${one.name.padEnd(24)} ${String(Math.round(one.seconds(settings))).padStart(4)} s  ${one.title}`)
}

/** Measures anew, and fails where a ratio is worse than in the committed results. */
async function check(names: readonly string[]): Promise<void> {
  const committed = await readResults('bench')
  if (committed === null)
    throw new Error(`Check the bench failed: there is no ${join(resultsFolder, 'bench.json')}; run: npm run bench`)
  await inLab(async (lab) => {
    const measured = await measure(lab, choose(names), 'check')
    const comparison = compareResults(committed, measured)
    console.log(`\n${formatComparison(comparison)}`)
    const failed = measured.failures.some(({ harmless }) => !harmless)
    if (comparison.regressions.length > 0 || comparison.compared === 0 || failed) process.exitCode = 1
  })
}

/** Stops whatever was started, however the work ends. */
async function inLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env)
  checkMachine(settings)
  // This process asks, reads logs and takes metrics; none of that is to be on the proxy's core.
  execFileSync('taskset', ['-acp', String(settings.cores.load), String(process.pid)], { stdio: 'ignore' })
  await using lab = await openLab(settings)
  process.once('exit', () => lab.kill())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  await work(lab)
}

function selfTest(): number {
  return (
    spawnSync(process.execPath, ['--test', join(import.meta.dirname, 'plain-proxy.test.ts')], { stdio: 'inherit' }).status ?? 1
  )
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
