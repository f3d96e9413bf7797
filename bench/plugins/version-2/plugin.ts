/** One of two versions of a plugin that take each other's place. */

import type { Plugin } from 'postern/plugin'

export const SetResponseHeader: Plugin = (c) => {
  c.res.headers.set('X-Served-By', 'version 2')
}
