import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type DiscoveryPaths, targetsIn } from '../../src/request/upstream/targets-in.ts'

const paths = (fields: Partial<DiscoveryPaths> = {}): DiscoveryPaths => {
  return { parent: null, host: 'host', port: null, targetPath: '', ...fields }
}

describe('the targets in an answer', () => {
  const cases: Record<string, [answer: unknown, paths: Partial<DiscoveryPaths>, targets: string[]]> = {
    'of one object': [{ host: 'a.example:81' }, {}, ['http://a.example:81/']],
    'with a scheme': [{ host: 'https://a.example' }, {}, ['https://a.example/']],
    'with a port of its own': [{ host: 'a.example', port: 81 }, { port: 'port' }, ['http://a.example:81/']],
    'with a port as text': [{ host: 'a.example', port: '81' }, { port: 'port' }, ['http://a.example:81/']],
    'with a path behind': [{ host: 'a.example/v1/' }, { targetPath: '/x?y' }, ['http://a.example/v1/x?y']],
    'of an IPv6 address': [{ host: '[::1]', port: 81 }, { port: 'port' }, ['http://[::1]:81/']],
    'of a list, as Consul has it': [
      [
        { Address: '10.1.10.12', ServicePort: 8000 },
        { Address: '10.1.10.13', ServicePort: 8001 },
      ],
      { host: 'Address', port: 'ServicePort' },
      ['http://10.1.10.12:8000/', 'http://10.1.10.13:8001/'],
    ],
    'in a text, as etcd has it': [
      { node: { value: JSON.stringify({ hostname: 'http://a.example', api_port: '80' }) } },
      { parent: 'node.value', host: 'hostname', port: 'api_port' },
      ['http://a.example/'],
    ],
    'in texts, a list of them': [
      { node: { nodes: [{ value: '{"host":"a"}' }, { value: '{"host":"b"}' }] } },
      { parent: 'node.nodes.value' },
      ['http://a/', 'http://b/'],
    ],
    'below a name, as Marathon has it': [
      {
        tasks: [
          { host: 'a', ports: [81, 82] },
          { host: 'b', ports: [83] },
        ],
      },
      { parent: 'tasks', port: 'ports' },
      ['http://a:81/', 'http://b:83/'],
    ],
    'deep in lists, as Eureka has it': [
      {
        application: {
          instance: [
            { hostName: 'a', port: { $: 81 } },
            { hostName: 'b', port: { $: 82 } },
          ],
        },
      },
      { parent: 'application.instance', host: 'hostName', port: 'port.$' },
      ['http://a:81/', 'http://b:82/'],
    ],
    'that are a list of texts': [{ host: ['a', 'b'] }, {}, ['http://a/', 'http://b/']],
    'of which some entries have none': [[{ host: 'a' }, {}, { host: null }], {}, ['http://a/']],
  }
  for (const [what, [answer, fields, targets]] of Object.entries(cases)) {
    test(what, () => {
      assert.deepEqual(
        targetsIn(JSON.stringify(answer), paths(fields)).map(({ href }) => href),
        targets,
      )
    })
  }
})

describe('an answer is refused', () => {
  const cases: Record<string, [answer: string, paths: Partial<DiscoveryPaths>, reason: string]> = {
    'that is no JSON': ['<html>', {}, 'the answer is no JSON'],
    'whose text is no JSON': ['{"value":"x"}', { parent: 'value' }, 'the text at "value" is no JSON'],
    'without targets': ['[]', {}, 'there is nothing at "host"'],
    'that has something else there': ['{"hosts":"a"}', {}, 'there is nothing at "host"'],
    'with a host that is none': ['{"host":"a b"}', {}, '"a b" is no host'],
    'with a host that is a number': ['{"host":7}', {}, '7 is no host'],
    'with a host of another scheme': ['{"host":"file:///etc"}', {}, '"file:///etc" is no host'],
    'with a port that is none': ['{"host":"a","port":"http"}', { port: 'port' }, '"http" is no port'],
    'with a name of every object': ['{}', { host: 'constructor' }, 'there is nothing at "constructor"'],
  }
  for (const [which, [answer, fields, reason]] of Object.entries(cases)) {
    test(which, () => {
      assert.throws(() => targetsIn(answer, paths(fields)), {
        code: 'discovery_answer_invalid',
        message: `Read the answer of the service registry failed: ${reason}`,
      })
    })
  }
})
