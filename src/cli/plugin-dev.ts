import type { Command } from './io.ts'
export const pluginDev: Command = async () => 0
