/** The plugins that the scenarios use: each does the least that a useful one does. */

import type { Plugin } from 'postern/plugin'

export const AddFooBarHeader: Plugin = (c) => {
  c.req.raw.headers.append('Foo', 'Bar')
}

export const SetResponseHeader: Plugin = (c) => {
  c.res.headers.set('X-Served-By', 'postern')
}

function adds(name: string): Plugin {
  return (c) => {
    c.req.raw.headers.append(name, 'yes')
  }
}

export const AddHeader1 = adds('X-Plugin-1')
export const AddHeader2 = adds('X-Plugin-2')
export const AddHeader3 = adds('X-Plugin-3')
export const AddHeader4 = adds('X-Plugin-4')
export const AddHeader5 = adds('X-Plugin-5')
export const AddHeader6 = adds('X-Plugin-6')
export const AddHeader7 = adds('X-Plugin-7')
export const AddHeader8 = adds('X-Plugin-8')
export const AddHeader9 = adds('X-Plugin-9')
export const AddHeader10 = adds('X-Plugin-10')
