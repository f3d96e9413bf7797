/**
 * Where the time of a request goes: a CPU profile of the gateway beside one of its control, both in microseconds
 * of self time for each request, so that the difference of a line is what the gateway spends there.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openContenders } from './contenders.ts'
import { type CpuProfile, inspectFlag, recordProfile } from './inspector.ts'
import type { Lab } from './lab.ts'
import { type HeaderCount, headerCounts, type Load } from './load/requests.ts'
import { putLoad } from './load/wrk.ts'
import { openUpstream } from './nginx.ts'
import { findScenario } from './scenarios/list.ts'
import type { OwnServer } from './server.ts'
import { repository } from './settings.ts'

/** Self time for each request, in microseconds, by function and by area. */
interface Costs {
  readonly functions: Map<string, number>
  readonly areas: Map<string, number>
}

/** How many functions the report lists. */
const listed = 45
/** The two take turns this often, so that a machine that slows down slows both. */
const rounds = 4

export async function profile(lab: Lab, results: string, name: string, headerText: string): Promise<void> {
  const headers = readHeaderCount(headerText)
  const upstream = await openUpstream(lab)
  const { control, candidate, load } = await openContenders(lab, upstream, findScenario(name), [inspectFlag])
  const costs = { control: noCosts(), candidate: noCosts() }
  await putLoad(lab, control.origin, load(headers), lab.settings.warmUp)
  await putLoad(lab, candidate.origin, load(headers), lab.settings.warmUp)
  for (let round = 0; round < rounds; round++) {
    await profileProxy(lab, results, control, load(headers), costs.control)
    await profileProxy(lab, results, candidate, load(headers), costs.candidate)
  }
  report(`${name} beside ${control.name}`, costs.candidate, costs.control)
}

function readHeaderCount(text: string): HeaderCount {
  const found = headerCounts.find((count) => String(count) === text)
  if (found !== undefined) return found
  throw new Error(`Profile failed: found ${text} headers, expected ${headerCounts.join(' or ')}`)
}

/** One round; the profile that is left behind is the last round's. */
async function profileProxy(lab: Lab, results: string, proxy: OwnServer, load: Load, costs: Costs): Promise<void> {
  const { profile, result } = await recordProfile(proxy.child, () => putLoad(lab, proxy.origin, load, lab.settings.seconds))
  await mkdir(results, { recursive: true })
  const file = join(results, `${proxy.name.replaceAll(/[^a-z0-9]+/gi, '-')}-${load.headers}.cpuprofile`)
  await writeFile(file, JSON.stringify(profile))
  console.log(`${proxy.name}: ${result.requests} requests, ${file}`)
  addCosts(costs, profile, result.requests * rounds)
}

function noCosts(): Costs {
  return { functions: new Map(), areas: new Map() }
}

function addCosts(costs: Costs, { nodes, samples, timeDeltas }: CpuProfile, requests: number): void {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]))
  samples.forEach((id, i) => {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === '(idle)') return
    // A sample stands for the time until the next one.
    const time = (timeDeltas[i + 1] ?? 0) / requests
    const place = shorten(frame.url)
    const line = place === '' ? 'native' : `${place}:${frame.lineNumber + 1}`
    add(costs.functions, `${frame.functionName || '(anonymous)'}  ${line}`, time)
    add(costs.areas, areaOf(place, frame.functionName), time)
  })
}

function add(sums: Map<string, number>, key: string, time: number): void {
  sums.set(key, (sums.get(key) ?? 0) + time)
}

function shorten(url: string): string {
  return url.replace(/^file:\/\//, '').replace(repository, '')
}

/** A package, a folder of src, or a module of Node's. */
function areaOf(place: string, functionName: string): string {
  if (place === '') return functionName.startsWith('(') ? functionName : '(native functions)'
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1]
  if (dependency !== undefined) return dependency
  return /^src\/[^/]+(?:\/[^/]+(?=\/))?/.exec(place)?.[0] ?? place
}

function report(title: string, costs: Costs, control: Costs): void {
  console.log(`\n${title}: µs of self time a request\n`)
  const total = (sums: Map<string, number>) => sums.values().reduce((sum, time) => sum + time, 0)
  const line = (name: string, mine: number, theirs: number) =>
    console.log(`${mine.toFixed(2).padStart(8)} ${theirs.toFixed(2).padStart(8)} ${signed(mine - theirs).padStart(8)}  ${name}`)
  const table = (mine: Map<string, number>, theirs: Map<string, number>, length: number) => {
    console.log('   here    there  difference')
    const names = new Set([...mine.keys(), ...theirs.keys()])
    const rows = [...names].map((name) => [name, mine.get(name) ?? 0, theirs.get(name) ?? 0] as const)
    rows.sort((a, b) => Math.max(b[1], b[2]) - Math.max(a[1], a[2]))
    for (const row of rows.slice(0, length)) line(...row)
  }
  table(costs.areas, control.areas, 60)
  line('all', total(costs.areas), total(control.areas))
  console.log()
  table(costs.functions, control.functions, listed)
}

function signed(difference: number): string {
  return `${difference < 0 ? '' : '+'}${difference.toFixed(2)}`
}
