import { botSteps } from '../../widget/kommo/bot-steps.ts'

/** A bot's step as our widget writes it. */
export function stepWith(url: string, message: string) {
  return { ...stepWithCode(botSteps(url, message)), params: { message } }
}

/** A step with this code, as it is frozen in a bot. */
export function stepWithCode(code: string) {
  return {
    kind: 'widget' as const,
    id: 1,
    widgetCode: 'radist_online',
    handler: 'send_message',
    params: {},
    exits: [
      { code: 'success', title: 'Delivered', next: null },
      { code: 'fail', title: 'Not delivered', next: null },
    ],
    code,
  }
}
