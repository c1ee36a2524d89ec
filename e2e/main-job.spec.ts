import path from 'node:path'
import { FILES } from './support/files.ts'
import { exitOf } from './support/editor.ts'
import { expect, test, until } from './support/test.ts'

test('a step is set up, saved, run, and its message arrives by the second messenger', async ({
  page,
  stack,
  editor,
}) => {
  await stack.react('whatsapp', 'silent')

  // 1. An empty step.
  const bot = await editor.openNewBot()
  await editor.addStep()
  await expect(editor.card.getByText('No message yet')).toBeVisible()

  // 2. Setup: masks by typing and by the button, a file.
  await editor.openSetup()
  const text = editor.form.getByLabel('Message text')
  await text.pressSequentially('Hello [con')
  await expect(editor.form.getByRole('listbox', { name: 'Fields' })).toBeVisible()
  await text.press('Enter')
  await expect(text).toHaveValue('Hello [Contact.Name]')
  await text.pressSequentially('! Your ')
  await editor.form.getByRole('button', { name: 'Insert field' }).click()
  await editor.form.getByRole('option', { name: /Deal name/u }).click()
  await text.pressSequentially(' is ready for [pickup')
  await text.press('Tab')
  await expect(text).toHaveValue(
    'Hello [Contact.Name]! Your [Deal.Name] is ready for [Deal.Pickup date]',
  )
  await editor.attach(FILES.jpeg)
  await expect(editor.form.getByText('Sent as an image', { exact: false })).toBeVisible()
  await editor.saveForm()

  // 3. The preview, also after the bot is saved and the page loaded again.
  const bubble = editor.card.getByRole('group', { name: 'Preview of the message' })
  await expect(bubble).toContainText('Hello Lucy Brown! Your Order 1024 is ready for')
  await expect(bubble.locator('img')).toBeVisible()
  await editor.addNoteAfterNotDelivered()
  await editor.saveBot()
  await page.reload()
  // The sample's date is some days ahead of today.
  await expect(bubble).toContainText(/is ready for [A-Z][a-z]+ \d+, 20\d\d/u)
  await expect(bubble.locator('img')).toHaveJSProperty('complete', true)

  // 4. WhatsApp stays silent, Telegram delivers.
  await page.goto(`${stack.kommoUrl}/leads/2001`)
  await page.getByLabel('SalesBot').selectOption({ value: String(bot) })
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByText('Left through “Delivered”')).toBeVisible({ timeout: 30_000 })

  await page.goto(`${stack.radistUrl}/?person=1`)
  const telegram = page.getByRole('region', { name: /telegram_personal/u })
  await expect(telegram.locator('.message')).toContainText(
    'Hello Lucía Fernández! Your Roses, 25 pcs is ready for November 25, 2026',
  )
  await expect(telegram.locator('.message')).toHaveAttribute('data-type', 'image')
  await expect(telegram.locator('.message img')).toBeVisible()
  const whatsapp = page.getByRole('region', { name: /whatsapp/u })
  await expect(whatsapp.locator('[data-status]')).toHaveText('sent')

  const note = () => stack.kommoLog().then(log => log.notes.find(one => one.entityId === 2001))
  await until('the note', async () => (await note()) !== undefined)
  expect((await note())?.text).toContain('Delivered by Telegram')
})

test('an existing chat gets the message at once', async ({ stack, editor }) => {
  const bot = await editor.makeBot('Hello [Contact.FirstName]')
  const run = await editor.run(bot, 2002)
  expect(exitOf(run)).toBe('Delivered')
  const sends = await stack.sends()
  expect(sends.map(send => send.connectionId)).toEqual([3])
  const { calls } = await stack.radistLog()
  expect(calls.filter(call => call.method === 'POST' && call.path.endsWith('/chats/'))).toEqual([])
})

test('with every messenger failing the bot leaves through "Not delivered" and goes on', async ({
  stack,
  editor,
}) => {
  for (const messenger of ['whatsapp', 'telegram_personal', 'max_personal']) {
    await stack.react(messenger, 'fail')
  }
  const bot = await editor.makeBot('Hello')
  const run = await editor.run(bot, 2001)
  expect(exitOf(run)).toBe('Not delivered')
  expect(run.log.map(line => line.text)).toContain('Note: Nobody was reached')
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([1, 3, 5])
})

for (const [name, kind] of [
  ['mp4', 'an MP4'],
  ['pdf', 'a PDF'],
] as const) {
  test(`${kind} arrives as a file, after the text`, async ({ page, stack, editor }) => {
    const bot = await editor.makeBot('See the file', FILES[name])
    const run = await editor.run(bot, 2001)
    expect(exitOf(run)).toBe('Delivered')
    const sends = await stack.sends()
    expect(sends.map(send => send.body['message_type'])).toEqual(['text', 'file'])
    await page.goto(`${stack.radistUrl}/?person=1`)
    await expect(page.locator('.message a.file')).toContainText(path.basename(FILES[name]))
  })
}

test('the connections of one messenger take turns', async ({ stack, editor }) => {
  const bot = await editor.makeBot('Hello')
  for (const lead of [2015, 2016, 2017, 2018]) {
    expect(exitOf(await editor.run(bot, lead))).toBe('Delivered')
  }
  expect((await stack.sends()).map(send => send.connectionId)).toEqual([1, 2, 1, 2])
})
