import { useMutation } from '@tanstack/react-query'
import type { Rehearsal } from '../../../../contracts/activity.ts'
import type { TestMessage } from '../../../../contracts/test-send.ts'
import { call, client } from '../../../lib/client.ts'

export function useRehearsal() {
  return useMutation({
    mutationFn: (json: TestMessage) =>
      call<Rehearsal>(client.api['test-sends'].rehearsal.$post({ json })),
  })
}

export function useTestSend() {
  return useMutation({
    mutationFn: (json: TestMessage) =>
      call<{ runId: string }>(client.api['test-sends'].$post({ json })),
  })
}
