import { cpSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'

/** Files by their path; an object is written as JSON. */
export type Files = Readonly<Record<string, string | object>>

/** The repository, whose packages stand in for those that npm would install. */
export const root = join(import.meta.dirname, '../..')

/** Makes a folder outside of the repository with these files, for as long as the tests of the file run. */
export async function pluginFolder(files: Files): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'postern-plugin-'))
  folders.push(folder)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** Installs one of the repository's packages into a plugin's folder, as npm would: a copy of its own. */
export function install(folder: string, name: string): void {
  cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
}

/** The files of a package in node_modules. */
export function fakePackage(name: string, files: Files, manifest: object = {}): Files {
  const all = { 'package.json': { name, version: '1.0.0', license: 'MIT', ...manifest }, ...files }
  return Object.fromEntries(Object.entries(all).map(([file, content]) => [`node_modules/${name}/${file}`, content]))
}
