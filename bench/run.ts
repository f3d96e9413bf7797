/** `npm run bench [-- <command>]`: see README.md in this folder. */

import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawChart } from './chart.ts'
import { type Lab, openLab } from './lab.ts'
import { checkMachine, describeMachine } from './machine.ts'
import { measurePairs, measureRuns } from './measure.ts'
import { openNginxProxy, openUpstream } from './nginx.ts'
import { openPostern } from './postern.ts'
import { profile } from './profile.ts'
import { type HeaderCount, headerCounts } from './requests.ts'
import { type ControlRow, makeControlRow, makeRow, type Results, type Row } from './results.ts'
import { findScenario, type Scenario, scenarios } from './scenarios.ts'
import { openPlainProxy, type Server } from './server.ts'
import { readSettings } from './settings.ts'
import { countSystemCalls } from './syscalls.ts'
import { formatTable } from './table.ts'

const results = join(import.meta.dirname, 'results')

async function main([command = 'all', ...parameters]: readonly string[]): Promise<void> {
  switch (command) {
    case 'all':
      return inLab((lab) => bench(lab, 'bench', scenarios))
    case 'controls':
      return inLab((lab) => bench(lab, 'controls', []))
    case 'profile':
      return inLab((lab) => profile(lab, results, parameters[0] ?? 'keyless', parameters[1] ?? '1'))
    case 'syscalls':
      checkMachine(readSettings(process.env), ['strace'])
      return inLab((lab) => countSystemCalls(lab, parameters[0] ?? 'keyless'))
    case 'self-test':
      process.exitCode = selfTest()
      return
    default:
      return inLab((lab) => bench(lab, command, [findScenario(command)]))
  }
}

/** Stops whatever was started, however the work ends. */
async function inLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env)
  checkMachine(settings)
  await using lab = await openLab(settings)
  process.once('exit', () => lab.kill())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  await work(lab)
}

async function bench(lab: Lab, name: string, chosen: readonly Scenario[]): Promise<void> {
  const upstream = await openUpstream(lab)
  const rows: Row[] = []
  for (const scenario of chosen) rows.push(...(await measureScenario(lab, upstream, scenario)))
  const controls = await measureControls(lab, upstream, chosen.length === 0)
  const measured: Results = { date: new Date().toISOString(), machine: describeMachine(), settings: lab.settings, controls, rows }
  console.log(`\n${formatTable(measured)}`)
  await mkdir(results, { recursive: true })
  await writeFile(join(results, `${name}.json`), `${JSON.stringify(measured, null, 2)}\n`)
  if (rows.length > 0) await writeFile(join(results, `${name}.svg`), drawChart(measured))
}

async function measureControls(lab: Lab, upstream: Server, alone: boolean): Promise<ControlRow[]> {
  const open = [async () => upstream, () => openNginxProxy(lab, upstream)]
  // Beside scenarios it has a line in every pair.
  if (alone) open.push(() => openPlainProxy(lab, upstream))
  const rows: ControlRow[] = []
  for (const start of open) {
    const proxy = await start()
    for (const headers of headerCounts) {
      progress(proxy.name, headers)
      rows.push(makeControlRow(proxy.name, headers, await measureRuns(lab, proxy, headers, Math.min(3, lab.settings.pairs))))
    }
    if (proxy !== upstream) await lab.stop(proxy.child)
  }
  return rows
}

/** Both proxies are started anew, so that neither is the better warmed. */
async function measureScenario(lab: Lab, upstream: Server, scenario: Scenario): Promise<Row[]> {
  const control = await openPlainProxy(lab, upstream)
  const candidate = await openPostern(lab, upstream, scenario)
  const rows: Row[] = []
  for (const headers of headerCounts) {
    progress(scenario.title, headers)
    rows.push(makeRow(scenario.name, scenario.title, headers, await measurePairs(lab, control, candidate, headers)))
  }
  await Promise.all([lab.stop(control.child), lab.stop(candidate.child)])
  return rows
}

function progress(title: string, headers: HeaderCount): void {
  process.stderr.write(`measuring ${title}, requests with ${headers} header${headers === 1 ? '' : 's'}\n`)
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
