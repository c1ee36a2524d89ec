import { describe, expect, it } from 'vitest'
import { writeMessage } from '../../contracts/message.ts'
import { botSteps } from './bot-steps.ts'
import { savedMessage } from './saved-message.ts'

const MESSAGE = writeMessage({ version: 1, text: 'Hello' })

describe('the saved value', () => {
  it.each([
    ['the field itself', { message: MESSAGE }],
    ['params', { params: { message: MESSAGE } }],
    ['params four deep', { params: { params: { params: { params: { message: MESSAGE } } } } }],
    ['value_manual', { value_manual: MESSAGE }],
    ['an object with value_manual', { message: { value_manual: MESSAGE } }],
    ['an object with value', { params: { message: { value: MESSAGE } } }],
  ])('is found in %s', (_where, params) => {
    expect(savedMessage(params)).toBe(MESSAGE)
  })

  it.each([undefined, null, 'text', {}, { params: {} }, { message: '' }, { message: 'nonsense' }])(
    'is empty for %j',
    params => expect(savedMessage(params)).toBe('{}'),
  )
})

describe('the step’s code', () => {
  it('asks our hook, waits, and leaves through the exit that status names', () => {
    const steps = JSON.parse(botSteps('https://cascade.example', MESSAGE)) as unknown[]
    expect(steps).toMatchObject([
      {
        question: [
          {
            handler: 'widget_request',
            params: {
              url: 'https://cascade.example/hooks/kommo/salesbot',
              data: { message: MESSAGE },
            },
          },
          { handler: 'goto', params: { type: 'question', step: 1 } },
        ],
      },
      { question: [{ handler: 'conditions' }, { handler: 'exits', params: { value: 'fail' } }] },
    ])
  })

  it('holds no marker of the message’s that Kommo would fill in', () => {
    const steps = JSON.parse(
      botSteps('https://x.example', '{"version":1,"text":"{{contact.name}}"}'),
    ) as [{ question: [{ params: { data: { message: string } } }] }]
    const { message } = steps[0].question[0].params.data
    expect(message).not.toContain('{{')
    expect(JSON.parse(message)).toEqual({ version: 1, text: '{{contact.name}}' })
  })
})
