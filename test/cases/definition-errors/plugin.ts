import type { Plugin } from 'postern/plugin'

export const Pass: Plugin = () => {}
