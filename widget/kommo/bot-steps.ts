/**
 * The step's code in a bot, frozen when the bot is saved: ask our hook, wait for continue, leave
 * through the exit that `status` names (widget SDK 3.1).
 * @param message the step's value; Kommo would fill in its `{{…}}`, so none may stand in it
 * @returns JSON text, as Kommo wants it
 */
export function botSteps(serverUrl: string, message: string): string {
  const data = { message: message.replaceAll('{{', '{\\u007b') }
  return JSON.stringify([
    {
      question: [
        { handler: 'widget_request', params: { url: `${serverUrl}/hooks/kommo/salesbot`, data } },
        { handler: 'goto', params: { type: 'question', step: 1 } },
      ],
      require: [],
    },
    {
      question: [
        {
          handler: 'conditions',
          params: {
            logic: 'and',
            conditions: [{ term1: '{{json.status}}', term2: 'success', operation: '=' }],
            result: [{ handler: 'exits', params: { value: 'success' } }],
          },
        },
        { handler: 'exits', params: { value: 'fail' } },
      ],
      require: [],
    },
  ])
}
