import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { LookupAddress } from 'node:dns'
import { afterEach, describe, expect, it } from 'vitest'
import { BLOCKED_CODE, isOutside, outsideLookup } from './outside-addresses.ts'
import { request } from './request.ts'

let server: Server | undefined
let heard: string[] = []
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  heard = []
})

async function listen(listener: RequestListener): Promise<string> {
  server = createServer((incoming, answer) => {
    heard.push(incoming.url ?? '')
    listener(incoming, answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`
}
const ask = (url: string, more: { network?: 'outside' | 'any'; timeoutMs?: number } = {}) =>
  request(url, {
    method: 'GET',
    headers: { authorization: 'Bearer secret' },
    timeoutMs: 5000,
    network: 'any',
    ...more,
  })

describe('an address inside', () => {
  it('W2 is never connected to, however it is written', async () => {
    const url = await listen((_, answer) => answer.end('{}'))
    const { port } = new URL(url)
    for (const host of [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '169.254.169.254',
      '[fd00:ec2::254]',
      '0.0.0.0',
      '10.0.0.1',
      '172.16.5.4',
      '192.168.1.1',
      '100.64.0.1',
    ]) {
      const answer = await ask(`http://${host}:${port}/`, { network: 'outside', timeoutMs: 1000 })
      expect(answer, host).toEqual({ kind: 'not_sent' })
    }
    expect(heard).toEqual([])
    // Unless the operator named it.
    expect(await ask(url)).toMatchObject({ kind: 'answer', status: 200 })
  })

  it('W2 is found out when a name changes its mind between two connections', async () => {
    const answers: LookupAddress[][] = [
      [{ address: '203.0.114.7', family: 4 }],
      [{ address: '127.0.0.1', family: 4 }],
      [
        { address: '203.0.114.7', family: 4 },
        { address: '::ffff:10.0.0.1', family: 6 },
      ],
    ]
    const resolve = ((_name: string, _options: unknown, done: (...of: unknown[]) => void) =>
      done(null, answers.shift())) as unknown as Parameters<typeof outsideLookup>[0]
    const lookup = outsideLookup(resolve)
    const look = () =>
      new Promise<string>(done => {
        lookup('rebinding.example', {}, (error, address) => {
          done(error ? String(error.code) : String(address))
        })
      })
    expect([await look(), await look(), await look()]).toEqual([
      '203.0.114.7',
      BLOCKED_CODE,
      BLOCKED_CODE,
    ])
  })

  it('W2 is none of the outside world’s', () => {
    expect(['8.8.8.8', '2a00:1450:4001::1', '::ffff:8.8.8.8'].map(isOutside)).toEqual([
      true,
      true,
      true,
    ])
    expect(isOutside('metadata.google.internal')).toBe(false)
  })
})

describe('an answer from outside', () => {
  it('W3 that leads elsewhere is not followed', async () => {
    const url = await listen((_, answer) => {
      answer.writeHead(307, { location: '/inside' }).end()
    })
    expect(await ask(`${url}/first`)).toMatchObject({ kind: 'answer', status: 307 })
    expect(heard).toEqual(['/first'])
  })

  it('W4 that does not end is cut off at its size', async () => {
    let sent = 0
    const url = await listen((_, answer) => {
      const more = () => {
        while (sent < 64 && answer.write('x'.repeat(1024 * 1024))) sent += 1
        if (sent < 64) answer.once('drain', more)
      }
      more()
    })
    expect(await ask(url)).toEqual({ kind: 'lost' })
    expect(sent).toBeLessThan(32)
  })

  it('W4 that dribbles is cut off at its time', async () => {
    const url = await listen((_, answer) => {
      answer.write('{')
    })
    expect(await ask(url, { timeoutMs: 100 })).toEqual({ kind: 'lost' })
  })
})
