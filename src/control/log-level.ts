import { isLevel, type Level, type Logger, setLevel } from '../log.ts'
import type { Siblings } from '../supervisor/siblings.ts'

/** The level of the log, of all processes of the gateway. */
export interface LogLevelTools {
  /** The level of each process that answers. */
  logLevels(): Promise<{ worker: number; level: Level }[]>
  /** Changes it everywhere, until the process ends; returns how many processes have done so, and how many there are. */
  changeLogLevel(level: Level): Promise<{ changed: number; of: number }>
}

const READ = 'log.level'
const CHANGE = 'log.level.change'

/** Answers for this process, and asks all of them. */
export function openLogLevel(log: Logger, siblings: Siblings): LogLevelTools {
  siblings.respond(READ, () => log.level)
  siblings.respond(CHANGE, (level) => {
    if (!isLevel(level)) return false
    setLevel(log, level)
    return true
  })
  return {
    async logLevels() {
      const answers = await siblings.ask(READ, null)
      return answers.flatMap(({ worker, answer }) => (isLevel(answer) ? [{ worker, level: answer }] : []))
    },
    async changeLogLevel(level) {
      const answers = await siblings.ask(CHANGE, level)
      log.info({ level }, 'The level of the log is changed')
      return { changed: answers.filter(({ answer }) => answer === true).length, of: siblings.count }
    },
  }
}
