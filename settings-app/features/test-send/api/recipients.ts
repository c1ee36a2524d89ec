import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { MaskFields, Recipients, RecipientValues } from '../../../../contracts/test-send.ts'
import { call, client } from '../../../lib/client.ts'

export type RecipientType = 'lead' | 'contact'

export const recipientsQuery = (type: RecipientType, search: string) =>
  queryOptions({
    queryKey: ['recipients', type, search],
    queryFn: () => call<Recipients>(client.api.recipients.$get({ query: { type, search } })),
    placeholderData: keepPreviousData,
  })

export const recipientValuesQuery = (type: RecipientType, id: number) =>
  queryOptions({
    queryKey: ['recipient-values', type, id],
    queryFn: () =>
      call<RecipientValues>(
        client.api.recipients[':type'][':id'].$get({ param: { type, id: String(id) } }),
      ),
    staleTime: 60_000,
  })

export const maskFieldsQuery = queryOptions({
  queryKey: ['fields'],
  queryFn: () => call<MaskFields>(client.api.fields.$get()),
  staleTime: 5 * 60_000,
})
