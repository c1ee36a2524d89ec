import { exitOf } from './support/editor.ts'
import { expect, test, until } from './support/test.ts'

/** After a stop open attempts get 30 seconds for receipts that come again. */
const GRACE_MS = 35_000

test('killed while a run waits: what the phone delivered meanwhile ends the run, nothing is sent twice', async ({
  page,
  stack,
  editor,
}) => {
  await stack.react('whatsapp', 'silent')
  const bot = await editor.makeBot('Hello [Contact.Name]')
  await page.goto(`${stack.radistUrl}/?person=1`)
  const run = await editor.startRun(bot, 2001)
  await until('the send', async () => (await stack.sends()).length === 1)
  await stack.killProduct()

  await page.getByRole('button', { name: 'Deliver', exact: true }).click()
  await until('a webhook that nobody takes', async () => {
    const { webhooks } = await stack.radistLog()
    return webhooks.some(one => one.event === 'messages.delivery.delivered' && !one.ok)
  })
  await stack.startProductAgain()
  const finished = await editor.finished(run)
  expect(exitOf(finished)).toBe('Delivered')
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([1])
})

test('killed while a run waits, and nothing is delivered: it goes on to the next messenger', async ({
  stack,
  editor,
}) => {
  await stack.react('whatsapp', 'silent')
  const bot = await editor.makeBot('Hello [Contact.Name]')
  const run = await editor.startRun(bot, 2001)
  await until('the send', async () => (await stack.sends()).length === 1)
  await stack.killProduct()
  await stack.startProductAgain()
  await until('the next messenger', async () => (await stack.sends()).length === 2, GRACE_MS)
  expect(exitOf(await editor.finished(run))).toBe('Delivered')
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([1, 3])
})
