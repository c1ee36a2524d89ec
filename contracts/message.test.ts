import { describe, expect, it } from 'vitest'
import { parseMessage, writeMessage, type Message } from './message.ts'

const MESSAGE: Message = { version: 1, text: 'Hello {{lead.price}} “you”\n🌹' }

describe('a message', () => {
  it('comes back as it was written, and holds nothing that Kommo would fill in', () => {
    const written = writeMessage(MESSAGE)
    expect(written).not.toContain('{{')
    expect(parseMessage(written)).toEqual({ ok: true, message: MESSAGE })
  })

  it.each([
    ['', 'empty'],
    ['{}', 'empty'],
    ['{"version":1,"text":"  "}', 'empty'],
    ['not json', 'not_json'],
    ['{"version":2,"text":"x"}', 'unknown_version'],
    ['{"version":1}', 'invalid'],
    [
      '{"version":1,"text":"x","file":{"id":"../../etc","name":"a","size":1,"kind":"file"}}',
      'invalid',
    ],
    [JSON.stringify({ version: 1, text: 'x'.repeat(4097) }), 'invalid'],
    [JSON.stringify({ version: 1, text: 'x'.repeat(20_000) }), 'too_large'],
  ])('of %j is refused as %s', (json, problem) => {
    expect(parseMessage(json)).toEqual({ ok: false, problem })
  })
})
