import type { ElectionState } from '@tinysystems/kubernetes';

/** Hears of an election's states, and tells when the server begins to refuse the lease, not at each try. */
export function onNewRefusal(tell: (advice: string) => void): (state: ElectionState) => void {
  let isRefused = false;
  return ({ refusal }) => {
    if (refusal !== undefined && !isRefused) {
      tell(
        `nobody can lead: allow the module's ServiceAccount to get, list, watch, create and update leases (${refusal})`,
      );
    }
    isRefused = refusal !== undefined;
  };
}
