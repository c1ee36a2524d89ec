import { AxeBuilder } from '@axe-core/playwright'
import { widgetZip } from '../api/widget/zip.ts'
import { expect, test } from './support/test.ts'

test('the install window says that all is connected, and leads to the settings', async ({
  page,
  stack,
}) => {
  await page.goto(`${stack.kommoUrl}/widgets`)
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByText('Kommo is connected')).toBeVisible()
  await expect(page.getByText('Radist.Online is connected')).toBeVisible()
  const inWindow = await new AxeBuilder({ page }).include('.radist-cascade-install').analyze()
  expect(inWindow.violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  const opening = page.waitForEvent('popup')
  await page.getByRole('button', { name: /Configure it in Radist.online/u }).click()
  const settings = await opening
  await expect(settings.getByRole('heading', { name: 'Cascade', level: 1 })).toBeVisible()
  for (const scheme of ['light', 'dark'] as const) {
    await settings.emulateMedia({ colorScheme: scheme })
    const { violations } = await new AxeBuilder({ page: settings }).analyze()
    expect(violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  }
})

test('the archive installs as it is', async ({ page, stack, zip: variant }) => {
  await page.goto(`${stack.kommoUrl}/widgets`)
  const zip = await widgetZip(variant, stack.product.url)
  await page.getByLabel('Archive').setInputFiles({
    name: 'widget.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from(zip ?? []),
  })
  await page.getByRole('button', { name: 'Upload' }).click()
  // It is the version that is installed already, and that is all Kommo has against it.
  await expect(page.getByRole('alert')).toHaveText(
    /^Version [\d.]+ was uploaded before: raise it$/u,
  )
})

test('the install window says what to do when the server is down, and when nobody is registered', async ({
  page,
  stack,
}) => {
  await stack.killProduct()
  await page.goto(`${stack.kommoUrl}/widgets`)
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByText('The Radist Cascade server does not answer.')).toBeVisible()
  await stack.startProductAgain({ DATABASE_URL: `sqlite:${stack.settings.dataFolder}/empty.db` })
  await page.getByRole('button', { name: 'Check again' }).click()
  await expect(page.getByText('The connection to this account is not set up yet.')).toBeVisible()
  // Installing goes on all the same: the connection can be set up afterwards.
  const install = page.getByRole('button', { name: 'Install', exact: true })
  await Promise.all([page.waitForEvent('load'), install.click()])
  await expect(page.getByRole('button', { name: 'Settings' })).toBeEnabled()
})
