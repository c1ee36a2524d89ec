import { strToU8, unzipSync, zipSync, type Unzipped } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { widgetZip } from '../../api/widget/zip.ts'
import { WidgetStore } from './widgets.ts'

let files: Unzipped
beforeAll(async () => {
  const zip = await widgetZip('widget', 'https://cascade.example')
  if (!zip) throw new Error('The widget is not built')
  files = unzipSync(zip)
})

const faultsOf = (change: Unzipped) => new WidgetStore().upload(zipSync({ ...files, ...change }))
const manifestWith = (change: (manifest: { widget: Record<string, unknown> }) => void) => {
  const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json'])) as {
    widget: Record<string, unknown>
  }
  change(manifest)
  return { 'manifest.json': strToU8(JSON.stringify(manifest)) }
}

describe('uploading a widget', () => {
  it.each(['widget', 'widget-review'] as const)('takes our archive %s', async variant => {
    const zip = await widgetZip(variant, 'https://cascade.example')
    expect(zip && new WidgetStore().upload(zip)).toEqual([])
  })

  it('writes the server’s own address into the script', () => {
    const script = new TextDecoder().decode(files['script.js'])
    expect(script).toContain('https://cascade.example')
    expect(script).not.toContain('server-url.invalid')
  })

  it('refuses the same version twice', async () => {
    const store = new WidgetStore()
    expect(store.upload(zipSync(files))).toEqual([])
    expect(store.upload(zipSync(files))[0]).toMatch(/was uploaded before/u)
  })

  it.each([
    ['no archive', () => new WidgetStore().upload(strToU8('x')), /cannot be read/u],
    [
      'a folder on top',
      () => new WidgetStore().upload(zipSync({ 'widget/manifest.json': strToU8('{}') })),
      /root of the archive/u,
    ],
    [
      'a logo of another size',
      () => faultsOf({ 'images/logo.png': files['images/logo_min.png'] ?? new Uint8Array() }),
      /130×100/u,
    ],
    [
      'a missing language',
      () => faultsOf(manifestWith(one => void (one.widget['locale'] = ['en', 'fr']))),
      /fr\.json is missing/u,
    ],
    [
      'languages that differ',
      () => faultsOf({ 'i18n/es.json': strToU8('{"widget":{"name":"x"}}') }),
      /differs from the first/u,
    ],
    [
      'eval',
      () => faultsOf({ 'script.js': strToU8('define([], function () { eval("1") })') }),
      /uses eval/u,
    ],
    [
      'console',
      () => faultsOf({ 'script.js': strToU8('define([], function () { console.log(1) })') }),
      /uses console/u,
    ],
    [
      'a text that is missing',
      () => faultsOf(manifestWith(one => void (one.widget['name'] = 'no.such'))),
      /has no no\.such/u,
    ],
  ])('refuses %s', (_name, upload, fault) => {
    expect(upload().join('\n')).toMatch(fault)
  })
})
