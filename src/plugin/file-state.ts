import { stat } from 'node:fs/promises'

/** What tells one state of some files from another, without reading them. Links are followed; a missing file is a state too. */
export async function fileState(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map(stateOf))
  return states.join('; ')
}

async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
  } catch {
    return 'missing'
  }
}
