import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Lab, untilReady } from '../lab.ts'
import { measuredPath, type OwnServer, type Server } from '../server.ts'

/** The proxies that are written in JavaScript. */
export const nodePeers = ['fast-gateway', 'fastify-http-proxy', 'http-proxy-3', 'express-gateway'] as const

const npm = {
  program: 'npm',
  flags: ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
}

/** A proxy from npm, installed into the bench's temporary folder in the version that packages.json names, and run by peers/NAME.mjs. */
export async function openNodePeer(lab: Lab, upstream: Server, name: string): Promise<OwnServer> {
  const folder = await install(lab, name)
  const port = await freePort()
  const command = [process.execPath, join(folder, `${name}.mjs`), upstream.origin, String(port)]
  const child = lab.start(name, lab.settings.cores.proxy, command, { cwd: folder })
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name, origin, child }
}

async function install(lab: Lab, name: string): Promise<string> {
  const versions = JSON.parse(await readFile(join(import.meta.dirname, 'packages.json'), 'utf8')) as Record<string, object>
  const folder = join(lab.folder, 'peers', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: versions[name] }))
  await copyFile(join(import.meta.dirname, `${name}.mjs`), join(folder, `${name}.mjs`))
  const child = lab.start('npm', lab.settings.cores.load, [npm.program, ...npm.flags], { cwd: folder })
  const timer = setTimeout(() => child.kill(), 180_000)
  await child.closed
  clearTimeout(timer)
  const { exitCode, output } = child
  await lab.stop(child)
  if (exitCode !== 0) throw new Error(`npm could not install it: ${output.trim().split('\n')[0] ?? 'too slow'}`)
  return folder
}
