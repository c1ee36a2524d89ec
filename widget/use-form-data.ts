import { useEffect, useState } from 'react'
import { MASK_ENTITIES, STANDARD_FIELDS, type MaskField } from '../contracts/masks.ts'
import type { WidgetForm } from '../contracts/widget-api.ts'
import type { ApiFailure, WidgetApi } from './kommo/host.ts'

export type FormData =
  | { state: 'loading' }
  | { state: 'ready'; form: WidgetForm }
  | { state: 'failed'; failure: ApiFailure }

/** The account's fields and cascade: asked for once a page, again when it was not complete. */
const requests = new WeakMap<WidgetApi, Promise<FormData>>()

export function useFormData(api: WidgetApi): { data: FormData; retry: () => void } {
  const [data, setData] = useState<FormData>({ state: 'loading' })
  const [request, setRequest] = useState(() => requestOf(api))
  useEffect(() => {
    let isCurrent = true
    void request.then(result => {
      if (isCurrent) setData(result)
    })
    return () => {
      isCurrent = false
    }
  }, [request])
  return {
    data,
    retry: () => {
      setData({ state: 'loading' })
      setRequest(requestOf(api))
    },
  }
}

function requestOf(api: WidgetApi): Promise<FormData> {
  const known = requests.get(api)
  if (known) return known
  const request = load(api)
  requests.set(api, request)
  // What is not complete is asked for again when the form is opened the next time.
  void request.then(result => areFieldsKnown(result) || requests.delete(api))
  return request
}

async function load(api: WidgetApi): Promise<FormData> {
  const result = await api.get<WidgetForm>('/form')
  return result.ok
    ? { state: 'ready', form: result.value }
    : { state: 'failed', failure: result.failure }
}

/** Standard fields are there at once; the account's own come with the answer. */
const STANDARD: readonly MaskField[] = MASK_ENTITIES.flatMap(entity =>
  STANDARD_FIELDS[entity].map(code => ({ entity, code })),
)

/** The fields that masks may name, as far as they are known. */
export function fieldsOf(data: FormData): readonly MaskField[] {
  if (data.state !== 'ready') return STANDARD
  return data.form.fields.map(({ name, ...field }) => ({
    ...field,
    ...(name === undefined ? {} : { name }),
  }))
}

/** Whether a field that is not among them does not exist. */
export function areFieldsKnown(data: FormData): boolean {
  return data.state === 'ready' && data.form.kommo === 'connected'
}
