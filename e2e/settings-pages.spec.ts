import { readFile } from 'node:fs/promises'
import { openSettings, runBots } from './support/settings.ts'
import { expect, test } from './support/test.ts'

test('activity: a run appears by itself, is filtered, and its timeline explains it', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/activity')
  await expect(page.getByRole('heading', { name: 'No messages yet' })).toBeVisible()
  await stack.react('whatsapp', 'silent')
  await runBots(stack, 'Hello <img src=x onerror=alert(1)> [Contact.FirstName]', [2001])
  await runBots(stack, 'Hello', [2011])
  const runs = page.getByRole('list', { name: 'Activity' })
  await expect(runs.getByRole('listitem')).toHaveCount(2)
  await expect(runs).toContainText('Delivered by Telegram')
  await expect(runs).toContainText('No phone or username')

  await page.getByLabel('Outcome').selectOption('Not delivered')
  await expect(runs.getByRole('listitem')).toHaveCount(1)
  await expect(runs).toContainText('Noor without phone')
  await expect(page).toHaveURL(/outcome=not_delivered/u)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('searchbox').fill('lucia')
  await expect(runs.getByRole('listitem')).toHaveCount(1)
  await page.getByRole('searchbox').fill('nobody at all')
  await expect(page.getByRole('heading', { name: 'No run fits these filters' })).toBeVisible()
  await page.getByRole('searchbox').fill('Roses')
  await runs.getByRole('link').click()

  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Lucía Fernández · “Roses, 25 pcs”',
  )
  const timeline = page.getByRole('list', { name: 'Steps of the run' })
  await expect(timeline).toContainText('To +34612770315')
  await expect(timeline).toContainText('1 WhatsApp, +34 612 40 18 22')
  await expect(timeline).toContainText('Next in turn · Chat opened by the phone · Sent')
  await expect(timeline).toContainText('No delivery within the wait: on to the next')
  await expect(timeline).toContainText('2 Telegram, @flowers_madrid')
  await expect(timeline).toContainText('The bot went on through “Delivered”')
  // W15: what a client may read is text, whatever it looks like.
  await expect(page.getByRole('group', { name: 'The message' })).toHaveText(
    'Hello <img src=x onerror=alert(1)> Lucía',
  )
  await expect(page.getByRole('link', { name: 'Open the deal' })).toHaveAttribute(
    'href',
    `${stack.kommoUrl}/leads/detail/2001`,
  )
})

test('activity: late news is shown, and a message is sent again', async ({ page, stack }) => {
  await stack.react('whatsapp', 'silent')
  await runBots(stack, 'Hello', [2001])
  await stack.react('whatsapp', 'deliver')
  await openSettings(page, stack, '/activity')
  await page.getByRole('list', { name: 'Activity' }).getByRole('link').click()
  const state = (await (await fetch(`${stack.radistUrl}/ui/state`)).json()) as {
    phones: {
      id: number
      chats: { id: number; connectionId: number; messages: { id: string }[] }[]
    }[]
  }
  const chats = state.phones.find(phone => phone.id === 1)?.chats ?? []
  const chat = chats.find(one => one.connectionId === 1)
  await stack.post(`${stack.radistUrl}/ui/status`, {
    chatId: chat?.id,
    messageId: chat?.messages[0]?.id,
    status: 'delivered',
  })
  const timeline = page.getByRole('list', { name: 'Steps of the run' })
  await expect(timeline).toContainText('Late: WhatsApp delivered after all', { timeout: 20_000 })
  await expect(timeline).toContainText('The client may have got the message twice')
  await expect(page.getByText('late news', { exact: true })).toBeVisible()

  const address = page.url()
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByRole('button', { name: 'Send it again' }).click()
  await expect(page).not.toHaveURL(address)
  await expect(page.getByText('Sent again')).toBeVisible()
  await expect(timeline).toContainText('Existing chat')
  await expect(page.locator('.run-page .pill.ok')).toBeVisible()
})

test('activity: CSV holds what is filtered, and erasing a contact takes its texts', async ({
  page,
  stack,
}) => {
  await runBots(stack, 'Hello [Contact.Name]', [2001, 2003])
  await openSettings(page, stack, '/activity?search=roses')
  await expect(page.getByRole('list', { name: 'Activity' }).getByRole('listitem')).toHaveCount(1)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export CSV' }).click()
  const csv = await readFile(await (await download).path(), 'utf8')
  expect(csv).toContain('Lucía Fernández')
  expect(csv).not.toContain('Пионы')

  await page.getByRole('list', { name: 'Activity' }).getByRole('link').click()
  await page.getByRole('button', { name: 'Erase contact…' }).click()
  await page.getByRole('button', { name: 'Erase for good' }).click()
  await expect(page.getByText('The text and the addresses of this run were erased')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Contact 1001 · “Deal 2001”')
  await expect(page.getByRole('button', { name: 'Send again' })).toBeHidden()
})

test('statistics: what was measured, as a chart and as a table, and the wait that it suggests', async ({
  page,
  stack,
}) => {
  // Enough deliveries to say something about the slow ones, in chats that are there already.
  await runBots(
    stack,
    'Hello',
    Array.from({ length: 31 }, (_, index) => (index % 2 ? 2002 : 2008)),
  )
  await openSettings(page, stack, '/statistics')
  await expect(page.locator('.tiles')).toContainText('31')
  await expect(page.getByRole('img', { name: /^Attempts by day/u })).toBeVisible()
  await page.getByRole('button', { name: 'Show as table' }).click()
  const days = page.getByRole('region', { name: 'Attempts by day' }).getByRole('table')
  await expect(days.getByRole('row').nth(1)).toContainText('31')
  await page.getByRole('button', { name: '7 days' }).click()
  await expect(days.getByRole('row')).toHaveCount(8)
  await page.getByRole('button', { name: '@flowers_madrid', exact: true }).click()
  await expect(page.getByLabel('What the chart shows')).toHaveValue('connection:3')

  const telegram = page.getByRole('row', { name: /^Telegram/u })
  await expect(telegram).toContainText('2 sec')
  await telegram.getByRole('button', { name: 'Wait 10 sec' }).click()
  await expect(telegram.getByRole('button', { name: 'Wait 10 sec' })).toBeHidden()
  await page.getByRole('link', { name: 'Cascade' }).click()
  await expect(page.getByLabel('Wait for Telegram, in seconds')).toHaveValue('10')
  await expect(page.getByText(/Last 7 days: \d of 31 messages/u)).toBeVisible()
})

test('test send: a deal is found, its values are seen, simulated and sent', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/test')
  await page.getByRole('button', { name: 'Simulate' }).click()
  await expect(page.getByText('Choose a deal or a contact.')).toBeVisible()
  await page.getByRole('combobox', { name: 'Who it goes to' }).fill('Orchid')
  await expect(page.locator('.options [role=option]')).toHaveText([/Orchid in a pot/u])
  await page.keyboard.press('Enter')
  await page.getByLabel('Message', { exact: true }).fill('')
  await page.getByRole('button', { name: 'Simulate' }).click()
  await expect(page.getByText('Write a message or choose a file.')).toBeVisible()
  await page
    .getByLabel('Message', { exact: true })
    .fill('Ready: [Deal.Pickup date] for [Deal.Nmae]')
  await page.getByRole('button', { name: 'Insert field' }).click()
  await page.getByRole('menuitem', { name: 'First name' }).click()
  await expect(page.locator('.preview .bubble')).toContainText('November 26, 2026')
  await expect(page.locator('.preview')).toContainText('[Deal.Nmae]')

  const sends = await stack.sendsTaken()
  await page.getByRole('button', { name: 'Simulate' }).click()
  const result = page.getByRole('region', { name: 'Result' })
  await expect(result).toContainText('Simulation: nothing was sent')
  await expect(result).toContainText('Existing chat, Telegram')
  await expect(result).toContainText('WhatsApp Business API skipped')
  expect(await stack.sendsTaken()).toBe(sends)

  await page.getByRole('button', { name: 'Send for real' }).click()
  await expect(result).toContainText('Delivered by Telegram')
  expect(await stack.sendsTaken()).toBe(sends + 1)
  await result.getByRole('link', { name: 'Open in Activity' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Mateo García')
  await page.getByRole('link', { name: 'Statistics' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing to count yet' })).toBeVisible()
})

test('connections: a wrong key is refused beside its field, a right one is read with progress', async ({
  page,
  stack,
}) => {
  await openSettings(page, stack, '/connections')
  await page.getByRole('button', { name: 'Change key, host or company' }).click()
  const key = page.getByLabel('API key')
  await expect(key).toHaveValue('')
  await key.fill('wrong')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(key).toHaveAccessibleDescription(/Radist refuses this key/u)
  await expect(key).toBeFocused()
  await page.getByLabel('Company number').fill('x')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(page.getByLabel('Company number')).toHaveAccessibleDescription(
    'A number, such as 42',
  )
  await page.getByLabel('Company number').fill('501')
  await page.getByLabel('Host').fill('javascript:alert(1)')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(page.getByLabel('Host')).toHaveAccessibleDescription(/must be radist.online/u)
  await page.getByLabel('Host').fill(`${stack.radistUrl}/v2`)
  await key.fill('demo-radist-key')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(page.getByRole('button', { name: 'Change key, host or company' })).toBeVisible()
  await expect(page.locator('.panel').first().getByText('Connected', { exact: true })).toBeVisible()
  await expect(page.getByText('6 of 6 connections subscribed')).toBeVisible()
})

test('connections: preferences are saved at once, a file is deleted, Kommo connected again', async ({
  page,
  stack,
  editor,
}) => {
  await editor.openNewBot()
  await editor.addStep()
  await editor.openSetup()
  await editor.form.getByLabel('Message text').fill('Hello')
  await editor.attach('e2e/support/files/care.pdf')
  await expect(editor.form.getByText('Sent as a file', { exact: false })).toBeVisible()
  await editor.saveForm()

  await openSettings(page, stack, '/connections')
  await page.getByLabel('Field that holds the username').selectOption('Telegram')
  await expect(page.getByText('✓ Saved')).toBeVisible()
  await page.getByRole('switch', { name: /^Write a note/u }).click()
  const retention = page.getByLabel('Keep texts and addresses, days')
  await retention.fill('0')
  await retention.press('Enter')
  await expect(page.getByRole('alert')).toContainText('A whole number from 1 to 3650')
  await retention.fill('30')
  await retention.press('Enter')
  await expect(page.getByRole('alert')).toBeHidden()
  await page.reload()
  await expect(page.getByLabel('Field that holds the username')).toHaveValue('103')
  await expect(page.getByRole('switch', { name: /^Write a note/u })).not.toBeChecked()
  await expect(retention).toHaveValue('30')

  await page.getByRole('button', { name: 'Delete care.pdf' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('No files yet')).toBeVisible()

  await page.getByRole('button', { name: 'Use a long-lived token' }).click()
  await page.getByLabel('Long-lived token').fill('wrong')
  await page.getByRole('button', { name: 'Check and save' }).click()
  await expect(page.getByLabel('Long-lived token')).toHaveAccessibleDescription(
    /Kommo refuses this token/u,
  )
})

test('a page whose script is gone says so, and the others go on', async ({ page, stack }) => {
  await openSettings(page, stack)
  await page.route('**/assets/statistics-page-*', route => route.abort())
  await page.getByRole('link', { name: 'Statistics' }).click()
  await expect(page.getByRole('heading', { name: 'This page could not be shown' })).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { name: 'No messages yet' })).toBeVisible()
  // An address that somebody typed narrows down what it can.
  await page.goto(`${stack.product.url}/app/activity?from=2026-99-99&outcome=maybe`)
  await expect(page.getByRole('heading', { name: 'No run fits these filters' })).toBeVisible()
  await page.goto(`${stack.product.url}/app/nowhere`)
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
})
