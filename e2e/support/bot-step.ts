import { botSteps } from '../../widget/kommo/bot-steps.ts'

/** A bot's step as our widget writes it. */
export function stepWith(url: string, message: string) {
  return {
    kind: 'widget' as const,
    id: 1,
    widgetCode: 'radist_online',
    handler: 'send_message',
    params: { message },
    exits: [
      { code: 'success', title: 'Delivered', next: null },
      { code: 'fail', title: 'Not delivered', next: null },
    ],
    code: botSteps(url, message),
  }
}
